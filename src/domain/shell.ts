/** Text inside a command that we print, so that a shell reads it as one argument and runs nothing of it. */

export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** As it is when a shell reads nothing into it, such as an ordinary id. */
export function shellWord(text: string): string {
  return /^[\w./:@%+,][\w./:@%+,=-]*$/.test(text) ? text : shellQuote(text);
}
