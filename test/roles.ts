import type { TestProduct } from './harness.ts'

/** A role in the whole organisation, as if two people had agreed on it. */
export async function giveRole(product: TestProduct, userId: string, role: string): Promise<void> {
  await product.database.pool.query(
    `insert into access_role_assignment (id, user_id, role, team_id, change_id, since) values ($1, $2, $3, null, 'rch_test', now())`,
    [`rol_${userId}_${role}`, userId, role],
  )
}

export async function takeRoles(product: TestProduct, userId: string): Promise<void> {
  await product.database.pool.query('delete from access_role_assignment where user_id = $1', [userId])
}
