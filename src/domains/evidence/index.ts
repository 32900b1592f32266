export { addedDependencies } from './added/added-dependencies.ts'
export { type ChangedCoverage, coverageOfLines } from './coverage.ts'
export { EvidenceFileUnreadable } from './errors.ts'
export type { Subject } from './events.ts'
export { evidenceFormats, evidenceTitles, type Format } from './formats.ts'
export type { Coverage, ParsedReport } from './model.ts'
export { evidenceModule } from './module.ts'
export { readReportFile } from './report-file.ts'
export { addEvidence, contentsOf, type Evidence, evidenceOf } from './service.ts'

import type { EvidenceTables as ReportTables } from './store.ts'
import type { TrustTables } from './trust/service.ts'

export type EvidenceTables = ReportTables & TrustTables
export { evidenceSchemas } from './own/schemas.ts'
export type { Trust, TrustRoots } from './readers/format.ts'
export { readTrust } from './trust/trust-file.ts'
export { createEvidenceReader, type EvidenceReader, readEvidence } from './worker/reader.ts'
