export function setup(): void {
  // the database of the tests is started here
}
