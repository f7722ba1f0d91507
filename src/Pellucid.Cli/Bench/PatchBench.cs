using System.CommandLine;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;

namespace Pellucid.Cli.Bench;

/// <summary>
/// Times activation patching of every head at every position, and path patching of every head to the logits, beside whole
/// untapped forwards: one a cell, and two a sender and two more. Some cells are computed the long way to compare their bits.
/// </summary>
internal static class PatchBench
{
    private const int Compared = 36, Forwards = 5;

    public static int Run(ParseResult words, GptConfig config, int tokens, int rounds)
    {
        using var backend = (CpuBackend)CommonOptions.CreateBackend(words);
        if (tokens > config.Context)
            throw new ArgumentException($"--tokens of {tokens} is above the model's context of {config.Context}");
        using var gpt = new Gpt(config, backend);
        gpt.Initialize(1);
        int[] Prompt(uint purpose) =>
            [.. Enumerable.Range(0, tokens).Select(i => (int)(CounterRandom.Bits(1, purpose, 0, (ulong)i) % (uint)config.VocabularySize))];
        var pair = new PromptPair(new Question(Prompt(1), 11, 12), Prompt(2));
        var (sweep, heads) = (new PatchSweep(Activation.Z, PatchAxes.HeadsAndPositions), Sender.Heads(config));
        using var plain = new PlainForward(gpt, pair.Base);

        PatchResult? patched = null;
        IReadOnlyList<PathEffect>? paths = null;
        var (forward, again, empty, patching, pathing) = (new List<double>(), new List<double>(), new List<double>(),
            new List<double>(), new List<double>());
        for (var round = -1; round < rounds; round++)
        {
            double[] times = [plain.Seconds(Forwards, null), plain.Seconds(Forwards, null), plain.Seconds(Forwards, new Taps()),
                BenchCommand.Seconds(() => patched = ActivationPatching.Run(gpt, [pair], sweep)),
                BenchCommand.Seconds(() => paths = PathPatching.Run(gpt, [pair], heads, []))];
            if (round < 0)
                continue; // warms up
            foreach (var (list, time) in new[] { forward, again, empty, patching, pathing }.Zip(times))
                list.Add(time);
        }
        var whole = Measurement.Of(forward.Concat(again));
        var (cells, pathSeconds) = (Measurement.Of(patching), Measurement.Of(pathing).Median);
        var (cellLoop, pathLoop) = (whole.To(seconds => seconds * patched!.Cells.Count), whole.Median * (2 * heads.Count + 2));
        var equal = plain.AreEqual(pair.Source, patched!, paths!, Compared);
        var floor = Flops(config, tokens) / MachineFloor.FlopsPerSecond(backend);
        return BenchCommand.Report(words, $"activation patching of {patched!.Cells.Count} cells (head × position), {tokens} tokens, "
            + $"{config.Parameters} parameters, on {backend.Name}; the peer is one untapped forward a cell",
            cells, "s", [new Peer("one forward a cell", cellLoop, cellLoop.Median / cells.Median)], floor / cells.Median,
            ("path_patching_seconds", pathSeconds), ("path_patching_loop_seconds", pathLoop),
            ("path_patching_ratio", pathLoop / pathSeconds), ("forward_milliseconds", 1000 * whole.Median),
            ("percent_that_two_runs_of_the_untapped_forward_differ",
                100 * Math.Abs(Measurement.Of(again).Median / Measurement.Of(forward).Median - 1)),
            ("percent_that_a_forward_with_taps_that_do_nothing_costs", 100 * (Measurement.Of(empty).Median / whole.Median - 1)),
            ("cells_and_paths_compared_with_whole_forwards", 2 * Compared), ("equal_bit_for_bit", equal));
    }

    // What must be computed anew: the changed row of a cell's layer, and every row from its position on above it;
    // of the last layer keys, values and the last row.
    private static double Flops(GptConfig config, int tokens)
    {
        double C = config.Width, F = config.FeedForwardWidth, row = 2 * (4 * C * C + 2 * C * F), flops = 0;
        for (var layer = 0; layer < config.Layers; layer++)
        for (var position = 0; position < tokens; position++)
        {
            var above = config.Layers - 1 - layer;
            flops += config.Heads * (2 * (C * C + 2 * C * F)
                + (above > 0 ? (above - 1) * (tokens - position) * row + (tokens - position) * 4 * C * C + row : 0));
        }
        return flops;
    }

    /// <summary>The long way: whole forwards of one prompt.</summary>
    private sealed class PlainForward(Gpt gpt, Question question) : IDisposable
    {
        private readonly Arena _arena = new(gpt.Backend), _kept = new(gpt.Backend);
        private readonly TokenRows _rows = new(gpt.Backend);

        public double Seconds(int forwards, Taps? taps) => Measurement.Of(
            Enumerable.Range(0, forwards).Select(_ => BenchCommand.Seconds(() => LogitDifference(question.Tokens, taps)))).Median;

        /// <summary>1 when a sample of cells and paths has the bits of whole forwards with edits.</summary>
        public double AreEqual(int[] source, PatchResult patched, IReadOnlyList<PathEffect> paths, int count)
        {
            var whole = LogitDifference(question.Tokens, null);
            var (values, held) = (new Tensor[gpt.Config.Layers], new Tensor[gpt.Config.Layers]);
            for (var layer = 0; layer < gpt.Config.Layers; layer++)
                (values[layer], held[layer]) = (Z(source, layer), Z(question.Tokens, layer));
            for (var i = 0; i < count; i++)
            {
                var cell = patched.Cells[i * (patched.Cells.Count - 1) / (count - 1)];
                var edit = new TapEdit(Activation.Z, cell.Layer, EditOperation.Replace, values[cell.Layer], 1, cell.Position, 1, cell.Head);
                if (LogitDifference(question.Tokens, new Taps().Edit(edit)) - whole != cell.Effect.Mean)
                    return 0;
                var path = paths[i * (paths.Count - 1) / (count - 1)];
                var taps = new Taps();
                for (var layer = 0; layer < gpt.Config.Layers; layer++)
                    taps.Edit(new TapEdit(Activation.Z, layer, EditOperation.Replace, held[layer]));
                taps.Edit(new TapEdit(Activation.Z, path.Sender.Layer, EditOperation.Replace, values[path.Sender.Layer], 1,
                    question.Tokens.Length - 1, 1, path.Sender.Head));
                if (LogitDifference(question.Tokens, taps) - whole != path.Effect.Mean)
                    return 0;
            }
            return 1;
        }

        public void Dispose()
        {
            _rows.Dispose();
            _kept.Dispose();
            _arena.Dispose();
        }

        private Tensor Z(int[] tokens, int layer)
        {
            var taps = new Taps().Read(Activation.Z, layer);
            LogitDifference(tokens, taps);
            var copy = _kept.Allocate(taps[Activation.Z, layer].Tensor.Shape);
            gpt.Backend.Copy(taps[Activation.Z, layer].Tensor, copy);
            return copy;
        }

        private double LogitDifference(int[] tokens, Taps? taps)
        {
            _rows.Clear();
            _rows.Add(tokens);
            var run = new GptRun(new Operations(gpt.Backend, _arena)) { Taps = taps, LogitRows = [tokens.Length - 1] };
            run.Operations.Reset();
            return Readout.LogitDifferences(gpt, gpt.Forward(_rows, run), [question], run)[0];
        }
    }
}
