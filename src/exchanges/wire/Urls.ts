/** An origin without the slash that people leave at its end. */
export const origin = (endpoint: string): string => endpoint.replace(/\/+$/, "")

/** Whether a recorded URL goes to one of these hosts. */
export const onHost =
  (hosts: ReadonlyArray<string>) =>
  (url: string): boolean =>
    URL.canParse(url) && hosts.includes(new URL(url).hostname)
