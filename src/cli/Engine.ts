import { setFlagsFromString } from "node:v8"

/**
 * V8 may decide that what a line of code allocates lives long, and from then on allocates it among the old objects,
 * for good. It decides by the first batches, which pass slowly while the code is still compiled; then every record of
 * the process's life has to be found and freed by full collections. One start in two would get that: a third more
 * processor time per message, and 100 MB more.
 */
setFlagsFromString("--no-allocation-site-pretenuring")

/**
 * How much bytecode of others V8 compiles into one function: 920 unless told. A scanner is a row of small steps, and the
 * budget ends in the midst of it; what is called instead gets its numbers as objects. Twice as much takes a tenth off a
 * message's time, all told; more gives nothing more.
 */
setFlagsFromString("--max-inlined-bytecode-size-cumulative=1840")
