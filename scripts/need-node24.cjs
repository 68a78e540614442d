// Runs under any Node: says in one line what is missing when Node 24 is not the one that runs.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 15)) {
  console.error(
    `Tagback needs Node 24.15 or newer; this is ${process.versions.node}. "npm ci" brings one along unless install scripts are off (then: npm rebuild node --ignore-scripts=false).`,
  );
  process.exit(78);
}
