/**
 * Hands on each item, in order, and fetches the next one while `take` is at work on the last: of two slow sides neither waits
 * for the whole of the other, and at most two items are held. Ends when everything was taken, or with the first failure.
 */
export async function overlapped<T>(items: AsyncIterable<T>, take: (item: T) => Promise<void>): Promise<void> {
  let taking: Promise<void> = Promise.resolve()
  try {
    for await (const item of items) {
      await taking
      taking = take(item)
      // it is awaited in any case, but perhaps later than it fails
      taking.catch(() => undefined)
    }
  } finally {
    await taking
  }
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
