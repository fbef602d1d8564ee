/** Commands that are promised and not there yet. They are not in `--help`; asked for, they say so and exit 1. */
export const absentCommands: ReadonlyArray<string> = ["record"]
