import type { ValidateReport } from '../../article/validate.js';
import { type BenchmarkContext, describeContext } from '../context.js';
import { percent } from '../units.js';
import { batchChart } from './charts/batch.js';
import { bytesChart } from './charts/bytes.js';
import type { Chart } from './charts/chart.js';
import { predictedChart } from './charts/predicted.js';
import { reuseChart } from './charts/reuse.js';
import { rooflineChart } from './charts/roofline.js';
import { ridgeOf, ridgePeak } from './charts/roofline-layout.js';
import { type Html, html } from './markup.js';
import { type ValidationModel, validationModel } from './model.js';
import { pageText } from './page.js';
import { chartPart, type Section } from './parts.js';
import { claimsSection, claimsTable } from './sections/claims.js';
import { consistencySection } from './sections/consistency.js';
import { contextSection, reproduceSection } from './sections/context.js';
import { networksSection } from './sections/networks.js';
import { counted, listed, showBandwidth, showIntensity, showNumber, shownDate, showRate } from './text.js';

export interface ValidationPageOptions {
  /** The command that makes this page, for "how to reproduce". */
  command: string;
  /** A sentence on why claims are missing: an interrupt. */
  note?: string;
}

/** The report of `rooftile validate` as one HTML file. Sections without data are left out. */
export async function validationPage(
  report: ValidateReport,
  context: BenchmarkContext,
  options: ValidationPageOptions,
): Promise<string> {
  const model = validationModel(report);
  return pageText({
    title: `The article’s claims on ${model.machine.cpu.model}`,
    context: describeContext({ ...context, date: shownDate(context.date) }),
    summary: summaryPart(model, options.note),
    sections: [
      chartsSection('roofline', 'Roofline', [await rooflineChart(model.roofline)]),
      chartsSection('traffic', 'Bytes moved', [
        await bytesChart(
          'bytes',
          'Bytes across the DRAM boundary',
          'Each workload on a scale of its own. Lower bound: no schedule moves less with the last cache as its fast memory. Compulsory: the first fetch of every operand, as it is stored. Theory: closed forms of the plan. Counted: what the kernel’s loops moved, with the reads that a write-allocating cache adds.',
          model.bytes,
        ),
        await bytesChart(
          'strategies',
          'One layer under several loop orders',
          'What stays in fast memory while the rest streams decides the bytes: nothing (none), the weights, the inputs, or blocks of all (blocked).',
          model.strategies,
        ),
      ]),
      chartsSection('predicted', 'Predicted against observed', [
        await predictedChart('bytes', model.predictedBytes),
        await predictedChart('nanoseconds', model.predictedTimes),
      ]),
      chartsSection('sweeps', 'Batch and reuse', [
        model.batch === null ? null : await batchChart(model.batch),
        await reuseChart(model.reuseProfile),
      ]),
      networksSection(model.networks),
      consistencySection(model.consistency, model.consistencyChecks),
      claimsSection(model.claims),
      contextSection(model.machine, context),
      reproduceSection(options.command),
    ],
    footer: `rooftile ${context.version}, ${shownDate(context.date)}. “Computation and memory bandwidth in deep neural networks”: Culurciello, Zaidy, Gokhale, 2017.`,
  });
}

export function chartsSection(id: string, title: string, charts: readonly (Chart | null)[]): Section | null {
  const shown = charts.filter((chart) => chart !== null);
  return shown.length === 0 ? null : { id, title, body: shown.map(chartPart) };
}

function summaryPart(model: ValidationModel, note: string | undefined): Html {
  const { claims, closure, batch, consistency } = model;
  const number = (verdict: string) => claims.filter((claim) => claim.verdict === verdict).length;
  const [holds, conditional, fails] = [number('holds'), number('holds-if'), number('does-not-hold')];
  const verdicts = [
    holds > 0 && `${holds} ${holds === 1 ? 'holds' : 'hold'}`,
    conditional > 0 && `${conditional} ${conditional === 1 ? 'holds' : 'hold'} under a condition`,
    fails > 0 && `${fails} ${fails === 1 ? 'does' : 'do'} not hold`,
  ].filter((part) => part !== false);
  const lead =
    claims.length === 0
      ? 'No claim was tested to its end.'
      : `Of ${counted(claims.length, 'claim')}, run and measured here, ${listed(verdicts)}.`;
  const tiles: [string, string][] = [];
  if (closure.rows > 0) {
    tiles.push(
      closure.wrong === 0
        ? [
            'theory = count',
            `to the byte, in all ${closure.rows.toLocaleString('en-US')} rows of ${counted(closure.runs, 'run')}`,
          ]
        : [
            `${closure.wrong.toLocaleString('en-US')} rows differ`,
            `between theory and count, of ${closure.rows.toLocaleString('en-US')} rows of ${counted(closure.runs, 'run')}`,
          ],
    );
  }
  if (closure.simulations !== null) {
    const { simulated, sameVerdict, held, medianError, worst } = closure.simulations;
    tiles.push([
      `${sameVerdict} of ${simulated}`,
      `runs in which simulated caches keep what theory says; in the ${held} whose block stays, DRAM bytes off by ${percent(medianError)} (median), ${percent(worst?.error ?? null)} at worst`,
    ]);
  }
  const here = model.roofline.devices.find(({ main }) => main);
  if (here !== undefined && here.peaks.length > 0) {
    const peak = ridgePeak(here);
    const dram = here.bandwidths.find(({ memory }) => memory === 'dram')?.bytesPerSecond;
    tiles.push([showRate(peak), `this CPU’s fp32 arithmetic, 1 thread; DRAM reads ${showBandwidth(dram)}`]);
    const ridge = ridgeOf(here);
    if (ridge !== null)
      tiles.push([
        showIntensity(ridge),
        'ridge: below this intensity DRAM is the limit, above it arithmetic',
      ]);
  }
  if (batch !== null) {
    tiles.push([
      `${showNumber(batch.predictedKnee)} vectors`,
      `predicted batch at which bandwidth stops to matter; measured ${showNumber(batch.measuredKnee)}`,
    ]);
  }
  if (consistency !== null && consistency.length > 0)
    tiles.push([
      counted(consistency.length, 'contradiction'),
      'among the article’s own figures and the results',
    ]);
  return html`<section id="summary"><p class="lead">${lead}</p>${
    note !== undefined && html`<p class="note">${note}</p>`
  }<ul class="tiles">${tiles.map(([value, text]) => html`<li><b>${value}</b><span>${text}</span></li>`)}</ul>${
    claims.length > 0 && claimsTable(claims)
  }</section>`;
}
