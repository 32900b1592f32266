/** Who has them is said by the policies beside this. */
export const settingsPermissions = [
  {
    name: 'policy-settings:write',
    about: 'make policy stricter for the organization or a team, and take that back',
  },
  {
    name: 'policy-settings:decide',
    about: "decide whether the organization's policy settings are loosened, with a passkey",
  },
] as const
