export { monotonicMillis } from "../../../src/runtime/Monotonic.ts"
