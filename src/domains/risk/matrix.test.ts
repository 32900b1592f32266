import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Complexity, DataLevel, levelOf, RegulatoryImpact, score } from './matrix.ts'

const vectors = join(import.meta.dirname, '..', '..', '..', 'test', 'vectors', 'risk', 'matrix.csv')

test('every one of the 1,024 combinations has the score and level of the independent table', () => {
  const rows = readFileSync(vectors, 'utf8').trim().split('\n').slice(1)
  const seen = new Set<string>()
  for (const row of rows) {
    const [data, criticality, impact, complexity, ai, reviewed, expected, level] = row.split(',')
    const found = score({
      dataSensitivity: DataLevel.parse(data),
      systemCriticality: DataLevel.parse(criticality),
      regulatoryImpact: RegulatoryImpact.parse(impact),
      aiComplexity: Complexity.parse(complexity),
      aiGenerated: ai === 'true',
      humanReviewed: reviewed === 'true',
    })
    expect([row, (found.hundredths / 100).toFixed(2), found.level]).toEqual([row, expected, level])
    seen.add([data, criticality, impact, complexity, ai, reviewed].join())
  }
  expect(seen.size).toBe(1024)
})

// Stated in the defaults of the product: 4.8 and 12.6 lie between the whole numbers of the bands.
test.each([
  [400, 'low'],
  [401, 'medium'],
  [480, 'medium'],
  [800, 'medium'],
  [801, 'high'],
  [1200, 'high'],
  [1201, 'critical'],
  [1260, 'critical'],
])('%i hundredths are %s', (hundredths, level) => {
  expect(levelOf(hundredths)).toBe(level)
})
