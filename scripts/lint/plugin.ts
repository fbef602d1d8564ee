import { excuses } from "./excuses.ts"
import { importDirection } from "./importDirection.ts"
import { importExtension } from "./importExtension.ts"
import { longFile } from "./longFile.ts"
import { noAmbient } from "./ambient.ts"
import { noUnbounded } from "./bounded.ts"
import { testsRun } from "./testsRun.ts"

/** The project's own lint rules, loaded by oxlint (`jsPlugins` in .oxlintrc.json). */
export default {
  meta: { name: "millrace" },
  rules: {
    excuses,
    "import-direction": importDirection,
    "import-extension": importExtension,
    "long-file": longFile,
    "no-ambient": noAmbient,
    "no-unbounded": noUnbounded,
    "tests-run": testsRun,
  },
}
