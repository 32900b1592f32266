import {
  agentAdd,
  agentEnd,
  agentHandover,
  agentKey,
  agentList,
  agentResume,
  agentShow,
  agentSuspend,
} from './agent.ts'
import { aiFreePeriodCancel, aiFreePeriodList, aiFreePeriodPlan } from './ai-free-period.ts'
import {
  architectureDecisionList,
  architectureDecisionRequest,
  architectureDecisionShow,
} from './architecture-decision.ts'
import { audit } from './audit.ts'
import { changeList, changeShow } from './change.ts'
import { charterAcknowledge, charterShow, charterStatus } from './charter.ts'
import {
  charterDecide,
  charterDocument,
  charterGrace,
  charterProposals,
  charterPropose,
  charterWithdraw,
} from './charter-proposals.ts'
import { ciTrustAdd, ciTrustList, ciTrustRemove } from './ci-trust.ts'
import type { Command } from './command.ts'
import { decisionExport, decisionList, decisionReplay, decisionShow } from './decision.ts'
import { doctor } from './doctor.ts'
import { evidenceAdd, evidenceFormatList, evidenceList, evidenceShow } from './evidence.ts'
import { evidenceDependencies } from './evidence-dependencies.ts'
import { exceptionAsk, exceptionList, exceptionRevoke, exceptionShow } from './exception.ts'
import { gate, gateRules } from './gate.ts'
import { grantAsk, grantCheck, grantExtend, grantList, grantRevoke } from './grant.ts'
import { issuerAdd, issuerAddPerson, issuerCheck, issuerList, issuerRemove } from './issuer.ts'
import { ledgerFsck } from './ledger-fsck.ts'
import { ledgerProof } from './ledger-proof.ts'
import { ledgerSearch } from './ledger-search.ts'
import { ledgerStatus } from './ledger-status.ts'
import { ledgerVerify } from './ledger-verify.ts'
import { login, logout } from './login.ts'
import { overrideAsk, overrideList, overrideShow } from './override.ts'
import { packMake } from './pack-make.ts'
import { packReplay } from './pack-replay.ts'
import { policyCheck } from './policy-check.ts'
import {
  policyEngineAdd,
  policyEngineChange,
  policyEngineCheck,
  policyEngineList,
  policyEngineRemove,
} from './policy-engine.ts'
import { policyDiff, policyTest } from './policy-files.ts'
import { policyPromote, policyRollback, policyRollOut, policyRollouts } from './policy-rollouts.ts'
import { policySet } from './policy-set.ts'
import { policySettings, policySettingsSet, policySettingsUnset } from './policy-settings.ts'
import {
  policyAnswer,
  policyAsk,
  policyList,
  policyPublish,
  policyPush,
  policyReplay,
  policyRetire,
  policyShow,
} from './policy-versions.ts'
import { recoveryAsk, recoveryList, recoveryShow } from './recovery.ts'
import { referenceCommand } from './reference.ts'
import { repositoryAdd, repositoryList } from './repository.ts'
import { riskRules, riskShow } from './risk.ts'
import { roleChanges, roleHolders, rolePropose, roleShow, roleWhy } from './role.ts'
import { scimClientAdd, scimClientList, scimClientRevoke } from './scim-client.ts'
import { signInCommand } from './sign-in.ts'
import { signInLink } from './sign-in-link.ts'
import { start } from './start.ts'
import { teamAdd, teamList, teamRemove, teamRepositories } from './team.ts'
import { tokenCreate, tokenList, tokenRevoke } from './token.ts'
import { tokenExchange } from './token-exchange.ts'
import { evidenceVerify, trustAdd, trustList, trustRemove } from './trust.ts'
import { verifyCommand } from './verify.ts'

/** Every command, in the order in which help lists them. */
export const commands: readonly Command[] = [
  start,
  audit,
  verifyCommand,
  packMake,
  packReplay,
  doctor,
  ledgerStatus,
  ledgerVerify,
  ledgerFsck,
  ledgerProof,
  ledgerSearch,
  repositoryAdd,
  repositoryList,
  changeList,
  changeShow,
  evidenceAdd,
  evidenceList,
  evidenceShow,
  evidenceDependencies,
  evidenceVerify,
  trustAdd,
  trustList,
  trustRemove,
  evidenceFormatList,
  gate,
  gateRules,
  exceptionAsk,
  exceptionList,
  exceptionShow,
  exceptionRevoke,
  overrideAsk,
  overrideList,
  overrideShow,
  riskShow,
  riskRules,
  decisionList,
  decisionExport,
  decisionShow,
  decisionReplay,
  policyCheck,
  policyEngineAdd,
  policyEngineList,
  policyEngineCheck,
  policyEngineChange,
  policyEngineRemove,
  charterShow,
  charterAcknowledge,
  charterStatus,
  charterGrace,
  charterDocument,
  charterPropose,
  charterProposals,
  charterDecide,
  charterWithdraw,
  policyTest,
  policyDiff,
  policyList,
  policyShow,
  policySet,
  policyPush,
  policyReplay,
  policyAsk,
  policyAnswer,
  policyPublish,
  policyRetire,
  policyRollOut,
  policyRollouts,
  policyPromote,
  policyRollback,
  policySettings,
  policySettingsSet,
  policySettingsUnset,
  grantAsk,
  grantList,
  grantCheck,
  grantExtend,
  grantRevoke,
  aiFreePeriodList,
  aiFreePeriodPlan,
  aiFreePeriodCancel,
  architectureDecisionList,
  architectureDecisionShow,
  architectureDecisionRequest,
  issuerAdd,
  issuerList,
  issuerCheck,
  issuerAddPerson,
  issuerRemove,
  login,
  logout,
  signInCommand,
  signInLink,
  recoveryAsk,
  recoveryList,
  recoveryShow,
  tokenCreate,
  tokenList,
  tokenRevoke,
  tokenExchange,
  ciTrustAdd,
  ciTrustList,
  ciTrustRemove,
  roleShow,
  roleWhy,
  roleHolders,
  rolePropose,
  roleChanges,
  teamAdd,
  teamList,
  teamRepositories,
  teamRemove,
  scimClientAdd,
  scimClientList,
  scimClientRevoke,
  agentAdd,
  agentList,
  agentShow,
  agentKey,
  agentSuspend,
  agentResume,
  agentHandover,
  agentEnd,
  referenceCommand(() => commands),
]
