/**
 * Hands on each item, in order, and fetches the next one while `take` is at work on the last: of two slow sides neither waits
 * for the whole of the other. At most `most` items are taken at once, and one more is held. Ends when everything was taken, or
 * with the first failure, and then nothing is at work any more.
 */
export async function overlapped<T>(
  items: AsyncIterable<T>,
  take: (item: T) => Promise<void>,
  most = 1,
): Promise<void> {
  const taking: Promise<void>[] = []
  try {
    for await (const item of items) {
      if (taking.length === most) await taking.shift()
      const one = take(item)
      // it is awaited in any case, but perhaps later than it fails
      one.catch(() => undefined)
      taking.push(one)
    }
  } finally {
    await Promise.allSettled(taking)
  }
  await Promise.all(taking)
}

/**
 * The same items, in order, each fetched while the one before it is at work: at most one waits. What fetching fails with
 * comes where its item would have come.
 */
export async function* ahead<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  const from = items[Symbol.asyncIterator]()
  const fetch = () => {
    const item = from.next()
    // it is awaited in any case, but perhaps later than it fails
    item.catch(() => undefined)
    return item
  }
  let next = fetch()
  try {
    for (let item = await next; item.done !== true; item = await next) {
      next = fetch()
      yield item.value
    }
  } finally {
    await next.catch(() => undefined)
    await from.return?.()
  }
}
