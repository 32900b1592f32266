/** The sign-in by link needs no script: two small pages of the server itself. All text is escaped. */
export function signInPage(link: string): string {
  return page(
    'Sign in',
    `<p>This link signs in the owner of this Countersign, once.</p>
<form method="post" action="/sign-in"><input type="hidden" name="link" value="${escapeHtml(link)}"><button autofocus>Sign in</button></form>`,
  )
}

export function signInFailedPage(message: string, hint: string): string {
  return page(
    'Not signed in',
    `<p role="alert">${escapeHtml(message)}.</p><p>${escapeHtml(hint)}.</p><p><a href="/sign-in">To the sign-in page</a></p>`,
  )
}

/** Signed out here; the browser goes on to the provider by itself. A redirect would be refused: forms lead to us only. */
export function signedOutPage(providerUrl: string): string {
  const url = escapeHtml(providerUrl)
  return page(
    'Signed out',
    `<p role="status">You are signed out here.</p><p><a href="${url}">Sign out at the identity provider as well</a></p>`,
    `<meta http-equiv="refresh" content="0;url=${url}">`,
  )
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

function page(title: string, body: string, head = ''): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)} · Countersign</title>${head}
<style>
:root { color-scheme: light dark; --page: #f6f7f8; --card: #fff; --ink: #16191d; --line: #dfe3e8; --quiet: #5b6470; --accent: #0b6e5f; --on: #fff }
@media (prefers-color-scheme: dark) { :root { --page: #101214; --card: #17191c; --ink: #e8eaed; --line: #2b2f35; --quiet: #9aa3ae; --accent: #4fc3ae; --on: #06241f } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0; background: var(--page); color: var(--ink) }
main { max-width: 22rem; margin: 14vh auto 0; padding: 1.75rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px }
h1 { font-size: 1.2rem; margin: 0 0 1rem } p { margin: .5rem 0; color: var(--quiet); overflow-wrap: anywhere } a { color: var(--accent) }
button { font: inherit; font-weight: 600; width: 100%; margin-top: 1rem; padding: .6rem 1rem; border: 0; border-radius: 6px; background: var(--accent); color: var(--on); cursor: pointer }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
@media (max-width: 26rem) { main { margin: 2rem 1rem } }
</style></head><body><main><h1>${escapeHtml(title)}</h1>${body}</main></body></html>
`
}
