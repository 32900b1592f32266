import type { Change } from '#domains/changes'

const documentation =
  /(^|\/)(docs?|documentation)\/|\.(md|mdx|rst|adoc|txt)$|(^|\/)(README|CHANGELOG|LICENSE|NOTICE)[^/]*$/i
const tests =
  /(^|\/)(tests?|__tests__|spec|e2e|testdata|fixtures)\/|[._-](test|spec)\.[a-z]+$|(^|\/)test_[^/]+\.py$|_test\.go$/i
const code =
  /\.(c|cc|cpp|cxx|h|hh|hpp|cs|java|kt|kts|scala|groovy|go|rs|swift|m|mm|js|cjs|mjs|jsx|ts|cts|mts|tsx|vue|svelte|py|rb|php|pl|pm|lua|r|jl|dart|ex|exs|erl|hs|clj|fs|vb|sql|sh|bash|zsh|ps1|tf|sol|zig|nim|astro)$/i
const dependencies =
  /(^|\/)(package\.json|npm-shrinkwrap\.json|package-lock\.json|yarn\.lock|pnpm-lock\.yaml|requirements[^/]*\.txt|pyproject\.toml|Pipfile(\.lock)?|poetry\.lock|uv\.lock|go\.(mod|sum)|Cargo\.(toml|lock)|Gemfile(\.lock)?|composer\.(json|lock)|pom\.xml|build\.gradle(\.kts)?|Directory\.Packages\.props|[^/]+\.csproj)$/

export interface FileFacts {
  readonly sourceLines: number
  readonly touchesDocumentation: boolean
  readonly touchesTests: boolean
  readonly dependencyFiles: readonly string[]
}

/** What the names of the changed files tell. */
export function readFiles(files: Change['files']): FileFacts {
  let sourceLines = 0
  for (const { path, counted } of files) {
    if (code.test(path) && !tests.test(path)) sourceLines += counted
  }
  return {
    sourceLines,
    touchesDocumentation: files.some(({ path, added }) => documentation.test(path) && added > 0),
    touchesTests: files.some(({ path }) => tests.test(path)),
    dependencyFiles: files
      .filter(isDependencyFile)
      .map(({ path }) => path)
      .slice(0, 50),
  }
}

function isDependencyFile({ path, status }: Change['files'][number]): boolean {
  return status !== 'deleted' && dependencies.test(path)
}
