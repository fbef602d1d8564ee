/** Imported before everything else, and importing nothing itself: an old Node gets one clear line instead of a stack. */
const wanted = 24
const running = process.versions.node

if (Number(running.split(".")[0]) < wanted) {
  process.stderr.write(
    `millrace needs Node ${wanted} or later, and this is Node ${running}. Install it from https://nodejs.org, or in a clone of the repository use \`npm start\`, which brings its own.\n`,
  )
  process.exit(1)
}
