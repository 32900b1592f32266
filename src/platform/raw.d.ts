/** A file's text as it stands, put into the program when it is built: `import sql from './0001-name.sql?raw'`. */
declare module '*?raw' {
  const text: string
  // biome-ignore lint/style/noDefaultExport: the form that the bundler gives such a module
  export default text
}
