/** What pages are made of: the one face of the console's shell. */
export { A, type Query, useFilters, useGo, useParam } from './address.tsx'
export { type Item, type Kind, type List, type Reply, useAct, useAnswer, useApi, useList } from './api.tsx'
export { CodeField, type CodeFieldHandle, type Mistake, Mistakes } from './code-field.tsx'
export { type Column, DataTable } from './data-table.tsx'
export { Answers, Decide, NamedPerson } from './decide.tsx'
export { Copy, Digest, shortDigest } from './digest.tsx'
export { ChoiceField, DayField, dayStart, SearchField } from './fields.tsx'
export { bytes, capital, counted, grouped, oneLine, percent } from './figures.ts'
export { Icon } from './icons.tsx'
export { Interval, IntervalLegend, PartKey, type PartName, type Parts, partNames, partWords } from './interval.tsx'
export { ListPage, useShownList } from './list-page.tsx'
export { useMay } from './may.ts'
export { PagePart } from './page-part.tsx'
export {
  Command,
  Empty,
  Facts,
  More,
  PageHead,
  ProblemNote,
  Progress,
  SideScroll,
  Skeleton,
  sentence,
} from './parts.tsx'
export { localZone, usePreferences } from './preferences.tsx'
export { type RuleAnswer, Rules } from './rules.tsx'
export { Level, type LevelName, Status, type StatusName } from './status.tsx'
export { type Approvable, type StepUpAssertion, StepUpButtons, useStepUp } from './step-up.tsx'
export { exactTime, Time } from './time.tsx'
export { Told } from './told.tsx'
