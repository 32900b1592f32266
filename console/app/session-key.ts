/** Under which the session is kept among the answers. */
export const sessionKey = ['session']
