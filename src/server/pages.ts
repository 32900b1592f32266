/** The few pages the server itself shows: sign-in, and the way to the report. No script; all text is escaped. */
export function signInPage(link: string): string {
  return page(
    'Sign in',
    `<p>This link signs in the owner of this Countersign, once.</p>
<form method="post" action="/sign-in"><input type="hidden" name="link" value="${escapeHtml(link)}"><button autofocus>Sign in</button></form>`,
  )
}

export function signInFailedPage(message: string, hint: string): string {
  return page('Not signed in', `<p role="alert">${escapeHtml(message)}.</p><p>${escapeHtml(hint)}.</p>`)
}

export function signedOutPage(): string {
  return page(
    'Sign in to Countersign',
    `<p>Open the sign-in link that the server printed when it started.</p>
<p>It works once and for an hour. Start the server again, or run <code>countersign sign-in-link</code>, for a new one.</p>`,
  )
}

export interface GovernedRepository {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly headline: string | undefined
  /** When the newest report and pack were made. */
  readonly madeAtMs: number | undefined
  /** Why the last import ended early. */
  readonly problem: string | undefined
  /** Where report and pack lie. */
  readonly folder: string
}

/** Most repositories on the home page. */
export const shownMax = 200

/** @param repositories those to show, and one more when there are more */
export function homePage(repositories: readonly GovernedRepository[]): string {
  const list = repositories.slice(0, shownMax).map(
    (one) =>
      `<li><h2>${escapeHtml(one.name)}</h2>${
        one.headline === undefined
          ? `<p>${escapeHtml(one.state)}</p>`
          : `<p>${escapeHtml(one.headline)}</p>
<p><a href="/v1/repositories/${one.id}/report.html">Read the report</a> · <a href="/v1/repositories/${one.id}/evidence-pack.zip">Download the evidence pack</a></p>`
      }</li>`,
  )
  const body =
    list.length === 0
      ? '<p>No repository is governed yet. Add one: <code>countersign repository add PATH</code></p>'
      : `<ul>${list.join('\n')}</ul>${repositories.length > list.length ? '<p>There are more: <code>countersign repository list</code></p>' : ''}`
  return page(
    'Countersign',
    `${body}<p class="quiet"><a href="/openapi.json">HTTP interface</a> · <a href="/log/checkpoint">latest checkpoint</a> · <a href="/v1/ledger/status">state of the ledger</a></p>
<form method="post" action="/sign-out"><button>Sign out</button></form>`,
  )
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title>
<style>
:root { color-scheme: light dark; --line: #d5d9e0; --quiet: #5a6372; --accent: #1d5fd1 }
@media (prefers-color-scheme: dark) { :root { --line: #3a414d; --quiet: #a3adbb; --accent: #7fb0ff } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 0 auto; padding: 3rem 1.25rem }
h1 { font-size: 1.5rem; margin: 0 0 1.5rem } h2 { font-size: 1.1rem; margin: 0 0 .25rem }
ul { list-style: none; padding: 0 } li { border: 1px solid var(--line); border-radius: 8px; padding: 1rem 1.25rem; margin: 0 0 1rem } li p { margin: .25rem 0 }
a { color: var(--accent) } .quiet { color: var(--quiet); font-size: .9rem; margin-top: 2rem }
button { font: inherit; padding: .5rem 1.25rem; border: 1px solid var(--line); border-radius: 8px; background: transparent; color: inherit; cursor: pointer }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
</style></head><body><main><h1>${escapeHtml(title)}</h1>${body}</main></body></html>
`
}
