import ledger from './migrations/0001-ledger.sql?raw'

export const ledgerMigrations = [{ number: 1, name: 'ledger', sql: ledger }]
