/** A browser without scripts: cookies by host, redirects, and forms that are sent as the page has them. */
export interface FormBrowser {
  /** Follows redirects until `until` says that the next address is enough, or a page comes. */
  go(url: string, options?: GoOptions): Promise<Arrived>
  /** Sends the form of the page that came last, with these values over its own. */
  submit(values: Readonly<Record<string, string>>, options?: GoOptions): Promise<Arrived>
  cookie(url: string, name: string): string | undefined
  setCookie(url: string, name: string, value: string): void
}

interface GoOptions {
  readonly until?: (url: URL) => boolean
}

export interface Arrived {
  /** Of the page, or the address that was not gone to. */
  readonly url: string
  readonly status: number
  readonly text: string
}

export function formBrowser(): FormBrowser {
  const jar = new Map<string, Map<string, string>>()
  const last = { url: '', text: '' }
  const cookiesOf = (url: URL) => {
    const kept = jar.get(url.host) ?? new Map<string, string>()
    jar.set(url.host, kept)
    return kept
  }
  const send = async (url: URL, form: URLSearchParams | undefined) => {
    const cookies = cookiesOf(url)
    const response = await fetch(url, {
      redirect: 'manual',
      method: form === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'text/html',
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(form === undefined ? {} : { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' }),
      },
      ...(form === undefined ? {} : { body: form }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const name = pair.slice(0, pair.indexOf('='))
      const value = pair.slice(pair.indexOf('=') + 1)
      if (/max-age=0|expires=thu, 01 jan 1970/i.test(line)) cookies.delete(name)
      else cookies.set(name, value)
    }
    return response
  }
  const follow = async (start: URL, form: URLSearchParams | undefined, { until }: GoOptions = {}): Promise<Arrived> => {
    let [url, body] = [start, form]
    for (let hops = 0; hops < 20; hops++) {
      if (until?.(url) === true) return { url: url.href, status: 0, text: '' }
      const response = await send(url, body)
      const location = response.headers.get('location')
      const text = await response.text()
      if (location === null) {
        Object.assign(last, { url: url.href, text })
        return { url: url.href, status: response.status, text }
      }
      url = new URL(location, url)
      body = undefined
    }
    throw new Error('a circle of redirects')
  }
  return {
    go: (url, options) => follow(new URL(url), undefined, options),
    submit: (values, options) => {
      const action = /<form[^>]*action="([^"]*)"/.exec(last.text)?.[1]
      if (action === undefined) throw new Error(`there is no form: ${last.text.slice(0, 500)}`)
      const own = [...last.text.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([tag]) => [
        /name="([^"]*)"/.exec(tag)?.[1] ?? '',
        /value="([^"]*)"/.exec(tag)?.[1] ?? '',
      ])
      const form = new URLSearchParams({ ...Object.fromEntries(own), ...values })
      return follow(new URL(action.replaceAll('&amp;', '&'), last.url), form, options)
    },
    cookie: (url, name) => cookiesOf(new URL(url)).get(name),
    setCookie: (url, name, value) => void cookiesOf(new URL(url)).set(name, value),
  }
}
