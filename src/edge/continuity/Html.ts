/** Text that is HTML already. */
export interface Html {
  readonly html: string
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
}

const escape = (text: string): string => text.replace(/[&<>"']/g, (each) => entities[each]!)

type Value = string | number | Html | ReadonlyArray<Html>

const render = (value: Value): string => {
  if (typeof value === "string") return escape(value)
  if (typeof value === "number") return String(value)
  return "html" in value ? value.html : value.map(({ html: text }) => text).join("")
}

/** A template whose values are escaped, unless they are HTML already: what an exchange calls its symbols is text. */
export const html = (texts: TemplateStringsArray, ...values: ReadonlyArray<Value>): Html => ({
  html: texts.reduce((all, text, index) => all + render(values[index - 1]!) + text),
})

export const nothing: Html = { html: "" }
