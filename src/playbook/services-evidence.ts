/** The words of services.yml about evidence: whose addresses may be opened, and what is written down about the service at the beginning. */
import { z } from 'zod';
import type { EvidenceRules } from '../core/evidence.ts';
import { envName } from '../health/fetch-text.ts';
import { assertConfiguredUrl } from '../health/url.ts';
import { Failure } from '../lib/failure.ts';

/** `shop.example.com` or `shop.internal:8080`, exactly: no pattern, no scheme, no path; the usual ports are left out, as browsers do. */
const host = z.string().superRefine((text, context) => {
  const refuse = (message: string): void => context.addIssue({ code: 'custom', message });
  // A star is a letter like any other to the URL parser, and would quietly match nothing.
  const isPlain = /^(?:[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i.test(text) && URL.canParse(`http://${text}`);
  if (!isPlain || new URL(`http://${text}`).host !== text.toLowerCase().replace(/:80$/, ''))
    return refuse('expected a host, e.g. shop.example.com or shop.internal:8080');
  if (/:(?:80|443)$/.test(text)) return refuse('leave the usual port out; it is meant anyway');
  try {
    assertConfiguredUrl(`http://${text}/`);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    refuse(error.message);
  }
});

const command = z.strictObject({
  title: z.string().trim().min(1).max(75).describe('Readers see it beside the output'),
  argv: z
    .tuple([z.string().regex(/^\/[^\0]{1,400}$/, 'expected the absolute path of a program')], z.string().max(1_000))
    .refine((argv) => argv.length <= 40 && argv.every((word) => !word.includes('\0')), 'at most 40 words, none with a NUL')
    .describe('Program and arguments, word by word; no shell reads them, and nothing of an incident becomes part of them'),
  env: z.array(envName).max(20).default([]).describe('Environment variables of the bot that the command gets'),
});

export const evidenceShape = z.strictObject({
  probe_hosts: z
    .array(host)
    .max(50)
    .default([])
    .describe('Hosts, besides those of health.urls, whose addresses are opened by GET when people name them, and again after the fix'),
  commands: z.array(command).max(5).default([]).describe('Their output is kept with the incident as it was at the beginning'),
});

export function readEvidence(entry: z.output<typeof evidenceShape>): EvidenceRules {
  return { hosts: entry.probe_hosts.map((text) => text.toLowerCase()), commands: entry.commands };
}
