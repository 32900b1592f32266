/** `change:read` of `Countersign::Action::"change:read"`. */
export function shortName(action: string): string {
  return /::"([^"]*)"$/.exec(action)?.[1] ?? action
}
