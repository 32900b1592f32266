import { defineError } from '#platform/errors.ts'

export const StepUpRefused = defineError<object>(
  'step_up_refused',
  401,
  () => 'this approval was not accepted',
  'ask again with `POST /v1/step-up` and answer within five minutes, in the same session, with one of your own passkeys',
)
export const PasskeyNeeded = defineError<object>(
  'passkey_needed',
  409,
  () => 'you have no passkey, and approvals are given with one',
  'register one in the console under `Settings > Sign-in and sessions`',
)
export const ApprovalRepeated = defineError<object>(
  'approval_repeated',
  409,
  () => 'you have answered exactly this before, and an answer counts once',
)
export const SecondPersonRequired = defineError<{ needed: number; found: number }>(
  'second_person_required',
  409,
  ({ needed, found }) => `this needs ${needed} other people who may approve it, and there are ${found}`,
  'give somebody else the role that it needs',
)

/** For who approves: what they were shown is not what is there. */
export const RevisionOther = defineError<object>(
  'revision_other',
  409,
  () => 'this is not the revision that is there to approve',
  'look at it again, and approve what you see',
)

export const stepUpErrors = [StepUpRefused, PasskeyNeeded, ApprovalRepeated, SecondPersonRequired, RevisionOther]
