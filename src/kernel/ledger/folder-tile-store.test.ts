import { expect, test } from 'vitest'
import { openFolderTileStore } from '#kernel/ledger'
import { simulatedDisk } from '#test/simulated-disk.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

test('an object is written once: the same bytes again are fine, other bytes are a second history', async () => {
  const store = await openFolderTileStore('/log', simulatedDisk())
  await store.write([{ path: 'tile/0/x001/234', bytes: bytes('a') }])
  await store.write([{ path: 'tile/0/x001/234', bytes: bytes('a') }])
  await expect(store.write([{ path: 'tile/0/x001/234', bytes: bytes('b') }])).rejects.toMatchObject({
    code: 'tile_conflict',
  })
  expect(await store.read('tile/0/x001/234')).toEqual(bytes('a'))
})

test('when write has returned a power cut takes nothing away', async () => {
  for (let seed = 0; seed < 50; seed++) {
    const disk = simulatedDisk()
    const store = await openFolderTileStore('/log', disk)
    const files = ['tile/0/000', 'tile/0/001.p/7', 'tile/entries/x001/000'].map((path) => ({
      path,
      bytes: bytes(path.repeat(300)),
    }))
    await store.write(files)
    await store.publishCheckpoint('note')
    const left = await openFolderTileStore(
      '/log',
      disk.afterPowerCut(() => (seed * 0.37) % 1),
    )
    for (const file of files) expect(await left.read(file.path)).toEqual(file.bytes)
    expect(await left.readCheckpoint()).toBe('note')
  }
})

test('temporary files of a crash are swept at the start', async () => {
  const disk = simulatedDisk()
  await openFolderTileStore('/log', disk)
  await disk.create('/log/.tmp/half', bytes('x'))
  const store = await openFolderTileStore('/log', disk)
  expect(await store.list('.tmp')).toEqual([])
})

test('partial objects can be removed, full ones cannot', async () => {
  const store = await openFolderTileStore('/log', simulatedDisk())
  await store.write([
    { path: 'tile/0/000', bytes: bytes('full') },
    { path: 'tile/0/000.p/7', bytes: bytes('part') },
  ])
  await store.removePartials('tile/0/000.p')
  expect(await store.list('tile/0')).toEqual(['000'])
  await expect(store.removePartials('tile/0/000')).rejects.toThrow('only partial')
  // it can be made again afterwards: a late writer may
  await store.write([{ path: 'tile/0/000.p/7', bytes: bytes('part') }])
})
