/** Loaded before every test: who reads records that were given back finds nothing of them there. */
import { overwriteFree } from "../../src/domain/Slab.ts"

overwriteFree()
