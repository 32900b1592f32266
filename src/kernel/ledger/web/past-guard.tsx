import { useEffect, useState } from 'react'
import { A, useApi } from '#console'
import { compareWithSeen } from './seen.ts'

/** On every page: says it loudly when the log does not begin with what this browser saw of it. */
export function PastGuard() {
  const api = useApi()
  const [isChanged, setChanged] = useState(false)
  useEffect(() => {
    const asked = {
      checkpoint: () => api.text('GET /log/checkpoint', {}),
      status: () => api.call('GET /v1/ledger/status', {}),
      consistency: async (from: number, to: number) =>
        (await api.call('GET /v1/ledger/consistency', { query: { from: String(from), to: String(to) } })).proof,
    }
    compareWithSeen(asked, localStorage).then(
      ({ result }) => setChanged(result === 'changed'),
      // a server that does not answer says nothing of the past
      () => undefined,
    )
  }, [api])
  if (!isChanged) return null
  return (
    <div className="alarm" role="alert">
      <h2>The past of this ledger was changed</h2>
      <p>
        It does not begin with what this browser saw of it before. <A to="/ledger/checkpoints">See what differs</A>
      </p>
    </div>
  )
}
