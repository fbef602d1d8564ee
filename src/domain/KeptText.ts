/** Whether a text is the same after it was kept: with no half of a character, and no NUL, which databases refuse. */
export const isKept = (text: string): boolean => text.isWellFormed() && !text.includes("\u0000")

/** The text with a mark in the place of what cannot be kept. */
export const keptText = (text: string): string =>
  isKept(text) ? text : text.toWellFormed().replaceAll("\u0000", "\uFFFD")

/** Whether a text may name something: short enough to be shown, and every character of it can be. */
export const isName = (text: string, longest: number): boolean =>
  text.length <= longest && text.isWellFormed() && !/\p{Cc}/u.test(text)
