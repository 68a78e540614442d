/** Changes to the sandbox's services.yml, as text: what a team would have written. */
const SERVICE = /^ {2}checkout-api:\n(?: {4}.*\n?)+/m;

/** A second service of the same repository and environment, with alerts of its own. */
export const andCart = (text: string): string => `${text.trimEnd()}\n${(SERVICE.exec(text)?.[0] ?? '').replaceAll('checkout-api', 'cart-api')}`;

/** The same, deployed apart from it: what breaks the one is not suspected of breaking the other. */
export const andCartApart = (text: string): string => andCart(text).replace(/( {2}cart-api:\n {4}repository: \S+\n {4}environment: )\w+/, '$1cart');

/** Replaces text that must be there. */
export const replacing =
  (...pairs: readonly (readonly [from: string | RegExp, to: string])[]) =>
  (text: string): string =>
    pairs.reduce((now, [from, to]) => {
      const after = now.replace(from, () => to);
      if (after === now) throw new Error(`services.yml of the sandbox does not hold ${from}`);
      return after;
    }, text);
