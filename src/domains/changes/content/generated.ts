/** Why a file's lines are not counted as work; the first rule that fits decides. Patterns are of the whole path. */
export type SetAside = 'generated' | 'vendored' | 'lock'

/** Rules in the spirit of github-linguist's `generated.rb` and `vendor.yml`, by name only: contents are not needed. */
const setAsideRules: readonly (readonly [SetAside, RegExp])[] = [
  [
    'lock',
    /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|deno\.lock|cargo\.lock|gemfile\.lock|poetry\.lock|pdm\.lock|uv\.lock|pipfile\.lock|composer\.lock|go\.sum|gopkg\.lock|glide\.lock|mix\.lock|flake\.lock|podfile\.lock|cartfile\.resolved|package\.resolved|packages\.lock\.json|gradle\.lockfile|pubspec\.lock|conan\.lock|module\.bazel\.lock|\.terraform\.lock\.hcl)$/i,
  ],
  [
    'vendored',
    /(^|\/)(node_modules|bower_components|vendored|third[_-]?party|3rdparty|extern(al)?s?\/[^/]+|godeps|pods|carthage\/build|\.yarn\/(releases|plugins|sdks|unplugged))\//i,
  ],
  // Among the sources of an application `vendor` is also a word of its trade: there only where libraries are kept by hand.
  ['vendored', /^(?:(?!(?:src|app)\/)[^/]+\/)*vendors?\//i],
  ['vendored', /(^|\/)(src\/vendor|(assets|public|static|libs?|js|css|javascripts?|stylesheets?|fonts?)\/vendors?)\//i],
  ['vendored', /(^|\/)(gradlew(\.bat)?|mvnw(\.cmd)?|jquery([.-]\d[\d.]*)?(\.min)?\.js|\.pnp\.c?js)$/i],
  ['generated', /\.min\.(js|mjs|css)$|\.(js|css|mjs|cjs)\.map$/i],
  ['generated', /\.(pb|pb\.gw)\.go$|_pb2(_grpc)?\.pyi?$|\.pb\.(cc|h|swift|rb)$|_pb\.(js|ts|d\.ts|rb)$|\.twirp\.go$/i],
  [
    'generated',
    /\.(g|freezed|gr|mocks)\.dart$|\.designer\.(cs|vb)$|\.g\.cs$|\.generated\.[a-z0-9]+$|\.gen\.(go|ts|tsx|js|rs)$/i,
  ],
  ['generated', /(^|\/)(__generated__|generated|\.openapi-generator|__snapshots__|snapshots)\//i],
  ['generated', /\.snap$|(^|\/)zz_generated\.[^/]+\.go$|_generated\.(go|rs|ts|py)$|_string\.go$|\.(xlf|resx)$/i],
  ['generated', /\.(svg|ipynb|po|pot|mo)$|\.(csv|tsv|parquet)$|(^|\/)\.?(coverage|dist)\//i],
]

/** What the rules say of a path; undefined: it is counted. */
export function setAsideByName(path: string): SetAside | undefined {
  return setAsideRules.find(([, pattern]) => pattern.test(path))?.[0]
}
