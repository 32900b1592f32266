/** The ledger's tables, for the `Database` type of the server. Only the ledger itself reads and writes them. */
export interface LedgerTables {
  readonly ledger_head: { readonly origin: string; readonly size: bigint; readonly next_index: bigint }
}
