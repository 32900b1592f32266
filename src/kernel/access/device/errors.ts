import { defineError } from '#platform/errors.ts'

export const DeviceWaits = defineError<{ retryAfterSeconds: number }>(
  'device_sign_in_waits',
  409,
  () => 'nobody has confirmed this command line yet',
  'ask again in as many seconds as `interval` says',
)
export const DeviceTooFast = defineError<{ retryAfterSeconds: number }>(
  'device_sign_in_too_fast',
  429,
  ({ retryAfterSeconds }) => `ask at most once in ${retryAfterSeconds} seconds whether a command line was confirmed`,
)
export const DeviceOver = defineError<object>(
  'device_sign_in_over',
  410,
  () => 'this sign-in of a command line was refused, used, or took longer than ten minutes',
  'begin again with `countersign login`',
)
export const DeviceCodeUnknown = defineError<object>(
  'device_code_unknown',
  404,
  () => 'no command line waits with this code',
  'look at the code again; it holds for ten minutes, and once',
)

export const deviceErrors = [DeviceWaits, DeviceTooFast, DeviceOver, DeviceCodeUnknown]
