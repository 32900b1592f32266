import { expect, test } from 'vitest'
import { ahead, overlapped } from './overlapped.ts'

async function* counting(to: number, seen: number[], failAt?: number) {
  try {
    for (let i = 0; i < to; i++) {
      if (i === failAt) throw new Error(`no ${i}`)
      seen.push(i)
      yield i
    }
  } finally {
    seen.push(-1)
  }
}

test('each item comes once and in order, and the next one is fetched meanwhile', async () => {
  const fetched: number[] = []
  const taken: number[] = []
  await overlapped(ahead(counting(5, fetched)), async (item) => {
    // the one after it is under way before this one is done
    await expect.poll(() => fetched.length).toBeGreaterThan(Math.min(item + 1, 4))
    taken.push(item)
  })
  expect(taken).toEqual([0, 1, 2, 3, 4])
  expect(fetched).toEqual([0, 1, 2, 3, 4, -1])
})

test('so many are taken at once and no more, and when one fails the others have ended before it is told', async () => {
  let [now, most, ended] = [0, 0, 0]
  const work = async (item: number) => {
    now++
    most = Math.max(most, now)
    await new Promise((resolve) => setTimeout(resolve, item === 3 ? 1 : 20))
    now--
    ended++
    if (item === 3) throw new Error('no 3')
  }
  await expect(overlapped(counting(9, []), work, 2)).rejects.toThrow('no 3')
  expect({ now, most }).toEqual({ now: 0, most: 2 })
  const untilFailure = ended
  await overlapped(counting(3, []), work, 2)
  expect(ended).toBe(untilFailure + 3)
})

test('what fetching fails with comes where its item would have come', async () => {
  const fetched: number[] = []
  const taken: number[] = []
  const run = overlapped(ahead(counting(5, fetched, 2)), async (item) => {
    taken.push(item)
  })
  await expect(run).rejects.toThrow('no 2')
  expect(taken).toEqual([0, 1])
})

test('whoever stops early ends the source', async () => {
  const fetched: number[] = []
  const run = overlapped(ahead(counting(100, fetched)), () => Promise.reject(new Error('full')))
  await expect(run).rejects.toThrow('full')
  expect(fetched.at(-1)).toBe(-1)
  expect(fetched.length).toBeLessThan(6)
})
