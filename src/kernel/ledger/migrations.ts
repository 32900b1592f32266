import ledger from './migrations/0001-ledger.sql?raw'
import search from './migrations/0002-search.sql?raw'

export const ledgerMigrations = [
  { number: 1, name: 'ledger', sql: ledger },
  { number: 2, name: 'search', sql: search },
]
