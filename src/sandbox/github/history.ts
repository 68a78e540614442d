/** What the repository lived through before the sandbox starts: releases, their commits, who wrote them. */
export interface FileChange {
  readonly path: string;
  readonly status: 'added' | 'modified' | 'removed' | 'renamed';
  /** Where a renamed file was before. */
  readonly previousPath?: string;
  readonly additions: number;
  readonly deletions: number;
  /** Unified diff, without the file header. */
  readonly patch?: string;
}
export interface CommitSeed {
  readonly title: string;
  /** GitHub login. */
  readonly author: string;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly at: number;
  readonly files: readonly FileChange[];
}
export interface ReleaseSeed {
  readonly tag: string;
  readonly publishedAt: number;
  readonly author: string;
  readonly body: string;
  /** Oldest first; the last one is what the tag points at. */
  readonly commits: readonly CommitSeed[];
  /** When production began to run it; undefined: never deployed there. */
  readonly deployedAt?: number;
  readonly prerelease?: boolean;
  readonly draft?: boolean;
  readonly immutable?: boolean;
  /** Names of the files attached to the release. */
  readonly assets?: readonly string[];
  /** The tag is an object of its own that names tagger and commit, as `git tag -a` makes it. */
  readonly annotated?: boolean;
  /** Tag this release was built on; undefined: on the release before it in the list. */
  readonly parent?: string;
}

export interface HistoryOptions {
  /** The moment the sandbox starts; everything happened before it. */
  readonly now: number;
  /** How long ago v2.14.0 landed in production. Default 6 minutes. */
  readonly badDeployedMsAgo?: number;
  /** v2.14.0 brings a database migration: one whose text is not listed, or this one. Default no. */
  readonly migration?: boolean | FileChange;
  /** v2.14.0 leaves package-lock.json as it was. Default no. */
  readonly sameDependencies?: boolean;
  /** Begins with v2.12.4, whose deploy is too old to be run again. Default no. */
  readonly oldRelease?: boolean;
  /** Tags whose releases are immutable. Default none. */
  readonly immutable?: readonly string[];
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Five releases of a shop, a release candidate and a draft; v2.13.2 was good, v2.14.0 is not. */
export function shopReleases(options: HistoryOptions): readonly ReleaseSeed[] {
  const { now, badDeployedMsAgo = 6 * MINUTE_MS, migration = false, sameDependencies = false, oldRelease = false, immutable = [] } = options;
  const landed = now - badDeployedMsAgo;
  const daysAgo = (days: number) => landed - days * DAY_MS;
  const all: readonly ReleaseSeed[] = [
    ...(oldRelease ? [{ ...v2124(daysAgo(44)), deployedAt: daysAgo(44) + 6 * MINUTE_MS }] : []),
    { ...v2130(daysAgo(21)), deployedAt: daysAgo(21) + 5 * MINUTE_MS },
    { ...v2131(daysAgo(14)), deployedAt: daysAgo(14) + 4 * MINUTE_MS },
    { ...v2132(daysAgo(6)), deployedAt: daysAgo(6) + 4 * MINUTE_MS },
    releaseCandidate(daysAgo(1), migration),
    { ...v2140(landed - 4 * MINUTE_MS, sameDependencies), deployedAt: landed },
    draft(landed - 2 * MINUTE_MS),
  ];
  return all.map((release) => (immutable.includes(release.tag) ? { ...release, immutable: true } : release));
}

function v2124(at: number): ReleaseSeed {
  const commits: CommitSeed[] = [
    commit('Invoices: keep the number when one is printed again (#449)', 'oleg-s', at - 6 * 3_600_000, [changed('src/invoices/number.ts', 9, 4)]),
    commit('Release v2.12.4', 'tanvi-r', at - 14 * MINUTE_MS, [changed('package.json', 1, 1), changed('CHANGELOG.md', 4, 0)]),
  ];
  return { tag: 'v2.12.4', publishedAt: at, author: 'tanvi-r', body: notes('Printed again, an invoice keeps its number (#449)'), commits };
}

function v2130(at: number): ReleaseSeed {
  const commits: CommitSeed[] = [
    commit('Search: rank products in stock first (#455)', 'mira-k', at - 9 * 3_600_000, [
      changed('src/search/rank.ts', 31, 8),
      changed('test/search/rank.test.ts', 44, 2),
    ]),
    commit('Cart: keep the cart for 30 days (#458)', 'jonas-w', at - 5 * 3_600_000, [
      changed('src/cart/store.ts', 12, 5),
      changed('src/cart/expiry.ts', 27, 0, 'added'),
    ]),
    commit('Release v2.13.0', 'tanvi-r', at - 20 * MINUTE_MS, [changed('package.json', 1, 1), changed('CHANGELOG.md', 9, 0)]),
  ];
  return {
    tag: 'v2.13.0',
    publishedAt: at,
    author: 'tanvi-r',
    annotated: true,
    body: notes('Products in stock come first (#455)', 'Carts live for 30 days (#458)'),
    commits,
  };
}

function v2131(at: number): ReleaseSeed {
  const commits: CommitSeed[] = [
    commit('Bump undici from 8.11.0 to 8.12.4 (#461)', 'dependabot[bot]', at - 26 * 3_600_000, [
      changed('package.json', 1, 1),
      changed('package-lock.json', 4, 4),
    ]),
    commit('Checkout: show the tax per line (#463)', 'oleg-s', at - 4 * 3_600_000, [
      changed('src/checkout/summary.ts', 18, 6),
      changed('src/cart/tax.ts', 22, 3),
    ]),
    commit('Release v2.13.1', 'tanvi-r', at - 15 * MINUTE_MS, [changed('package.json', 1, 1), changed('CHANGELOG.md', 6, 0)]),
  ];
  return { tag: 'v2.13.1', publishedAt: at, author: 'tanvi-r', annotated: true, body: notes('Tax is shown per line (#463)'), commits };
}

function v2132(at: number): ReleaseSeed {
  const commits: CommitSeed[] = [
    commit('Orders: send the receipt once (#466)', 'mira-k', at - 7 * 3_600_000, [
      changed('src/orders/receipt.ts', 14, 9),
      changed('test/orders/receipt.test.ts', 38, 0),
    ]),
    commit('Release v2.13.2', 'tanvi-r', at - 12 * MINUTE_MS, [changed('package.json', 1, 1), changed('CHANGELOG.md', 5, 0)]),
  ];
  return { tag: 'v2.13.2', publishedAt: at, author: 'tanvi-r', body: notes('A receipt is sent once (#466)'), commits };
}

function releaseCandidate(at: number, migration: boolean | FileChange): ReleaseSeed {
  const commits: CommitSeed[] = [
    commit('Loyalty: read the tier of a customer (#471)', 'jonas-w', at - 30 * 3_600_000, [
      changed('src/loyalty/tier.ts', 46, 0, 'added'),
      changed('src/loyalty/client.ts', 58, 0, 'added'),
      changed('test/loyalty/tier.test.ts', 41, 0, 'added'),
      ...(migration ? [migration === true ? changed('db/migrate/20261117093000_add_loyalty_tier.sql', 6, 0, 'added') : migration] : []),
    ]),
    commit('Cart totals: apply the loyalty discount per line (#474)', 'mira-k', at - 8 * 3_600_000, [
      { path: 'src/cart/total.ts', status: 'modified', additions: 7, deletions: 4, patch: TOTAL_PATCH },
      changed('src/cart/discount.ts', 35, 2),
      changed('test/cart/total.test.ts', 28, 3),
    ]),
    commit('Release v2.14.0-rc.1', 'tanvi-r', at - 10 * MINUTE_MS, [changed('package.json', 1, 1)]),
  ];
  return { tag: 'v2.14.0-rc.1', publishedAt: at, author: 'tanvi-r', prerelease: true, body: 'Candidate for v2.14.0, on staging.', commits };
}

function v2140(at: number, sameDependencies: boolean): ReleaseSeed {
  const commits: CommitSeed[] = [
    commit('Checkout: name the discount in the summary (#477)', 'oleg-s', at - 6 * 3_600_000, [
      changed('src/checkout/summary.ts', 11, 3),
      changed('src/i18n/en.json', 4, 0),
      changed('src/i18n/de.json', 4, 0),
    ]),
    commit('Cart API: return line totals (#479)', 'mira-k', at - 3 * 3_600_000, [changed('src/api/cart.ts', 17, 5), changed('docs/api/cart.md', 12, 1)]),
    commit('Release v2.14.0', 'tanvi-r', at - 9 * MINUTE_MS, [
      changed('package.json', 1, 1),
      ...(sameDependencies ? [] : [changed('package-lock.json', 2, 2)]),
      changed('CHANGELOG.md', 8, 0),
    ]),
  ];
  const body = notes('Loyalty discounts in cart and checkout (#471, #474, #477)', 'The cart API returns line totals (#479)');
  return { tag: 'v2.14.0', publishedAt: at, author: 'tanvi-r', annotated: true, body, commits };
}

function draft(at: number): ReleaseSeed {
  return { tag: 'v2.15.0', publishedAt: at, author: 'tanvi-r', draft: true, body: 'Gift cards, next week.', commits: [] };
}

const commit = (title: string, author: string, at: number, files: readonly FileChange[]): CommitSeed => ({ title, author, at, files });
const changed = (path: string, additions: number, deletions: number, status: FileChange['status'] = 'modified'): FileChange => ({
  path,
  status,
  additions,
  deletions,
});
const notes = (...lines: string[]) => `## What changed\n\n${lines.map((line) => `- ${line}`).join('\n')}\n`;

// The bug of the demo: a line without a discount has no `discount`, and line 41 reads through it.
const TOTAL_PATCH = `@@ -34,8 +34,11 @@ export function cartTotal(cart: Cart): Money {
   let sum = zero(cart.currency);
   for (const line of cart.lines) {
-    sum = add(sum, lineTotal(line));
+    // the discount service has priced each line
+    const pricing = cart.discounts.get(line.sku);
+
+    if (line.quantity === 0) continue;
+
+    sum = add(pricing.total, sum);
   }
-  const discount = orderDiscount(cart);
-
-  return subtract(sum, discount);
+  return round(sum);
 }
`;
