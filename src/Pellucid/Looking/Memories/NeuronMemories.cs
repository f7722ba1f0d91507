using System.Diagnostics;
using Pellucid.Distributed;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Looking.Memories;

/// <summary>
/// Feed-forward layers as memories (Geva, Schuster, Berant and Levy 2021, arXiv 2012.14913): for every neuron the prefixes of
/// a corpus that excite it most. One pass, in memory that does not grow with the corpus.
/// </summary>
public sealed partial class NeuronMemories
{
    private const int RowsAtATime = 1024, FloorEvery = 16, Sampled = 128;
    private const uint SamplePurpose = 0x73616d70;

    private readonly TopTriggers[] _layers;

    private NeuronMemories(Gpt gpt, int top)
    {
        Gpt = gpt;
        Top = top;
        _layers = [.. Enumerable.Range(0, gpt.Config.Layers).Select(_ => new TopTriggers(gpt.Config.FeedForwardWidth, top))];
        Frequencies = new int[gpt.Config.VocabularySize];
    }

    /// <summary>The model.</summary>
    public Gpt Gpt { get; }

    /// <summary>Triggers kept of a neuron, at most.</summary>
    public int Top { get; }

    /// <summary>Lines read.</summary>
    public long Lines { get; private set; }

    /// <summary>Tokens read.</summary>
    public long Tokens { get; private set; }

    /// <summary>Tokens a second of the whole pass: reading and cutting the text, the forward, and keeping what excites most.</summary>
    public double TokensPerSecond { get; private set; }

    /// <summary>Tokens a second of the forward alone, timed in passing on one batch in sixteen; NaN where there were too few.</summary>
    public double ForwardTokensPerSecond { get; private set; }

    /// <summary>Lines that hold each token.</summary>
    public IReadOnlyList<int> Frequencies { get; }

    /// <summary>Some lines of the corpus, each as likely as the others.</summary>
    public IReadOnlyList<CorpusLine> Sample { get; private set; } = [];

    /// <summary>A neuron's triggers, strongest first; only where it is above 0.</summary>
    public IReadOnlyList<Trigger> Triggers(int layer, int neuron) => _layers[layer][neuron];

    /// <summary>Whether a token is what excites a neuron: a quarter of its triggers end with it.</summary>
    public bool IsKey(int layer, int neuron, int token) =>
        Triggers(layer, neuron) is { Count: > 0 } triggers && 4 * triggers.Count(trigger => trigger.Prefix[^1] == token) >= triggers.Count;

    /// <summary>Reads a corpus once.</summary>
    /// <param name="gpt">A model with feed-forward layers.</param>
    /// <param name="lines">The corpus.</param>
    /// <param name="top">Triggers to keep of every neuron.</param>
    /// <param name="seed">Which lines are sampled.</param>
    /// <param name="progress">Told the tokens read.</param>
    /// <param name="replicas">Who shares the forwards; all call it together with the same, read all lines, twice where they are
    /// several, and have all triggers.</param>
    public static NeuronMemories Collect(Gpt gpt, IEnumerable<CorpusLine> lines, int top = 25, ulong seed = 1,
        Action<long>? progress = null, Replicas? replicas = null)
    {
        NeuronMemories? collected = null;
        replicas ??= Replicas.One;
        foreach (var memories in CollectStepwise(gpt, lines, top, seed, replicas))
        {
            collected = memories;
            progress?.Invoke(memories.Tokens);
        }
        collected?.Unite(lines, replicas);
        return collected ?? throw new InvalidDataException("the corpus is empty");
    }

    /// <summary>The same a batch of lines at a time, so that others can compute between them:
    /// yields the one object again and again, each time with more in it.</summary>
    public static IEnumerable<NeuronMemories> CollectStepwise(Gpt gpt, IEnumerable<CorpusLine> lines, int top = 25, ulong seed = 1) =>
        CollectStepwise(gpt, lines, top, seed, Replicas.One);

    private static IEnumerable<NeuronMemories> CollectStepwise(Gpt gpt, IEnumerable<CorpusLine> lines, int top, ulong seed,
        Replicas replicas)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        ArgumentNullException.ThrowIfNull(lines);
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        ActivationCache.RequirePlace(gpt.Config, Activation.MlpPost, 0);
        return new NeuronMemories(gpt, top).Read(lines, seed, replicas);
    }

    private IEnumerable<NeuronMemories> Read(IEnumerable<CorpusLine> lines, ulong seed, Replicas replicas)
    {
        var (sample, watch) = (new List<CorpusLine>(), Stopwatch.StartNew());
        Sample = sample;
        using var pass = new ForwardPass(Gpt);
        var batch = new List<(CorpusLine Line, long Number)>();
        var (rows, batches) = (0, 0);
        var (coefficients, marks) = (Array.Empty<float>(), new long[Gpt.Config.VocabularySize]);
        var (timedTokens, timed) = (0, TimeSpan.Zero);
        foreach (var line in lines)
        {
            Count(line, marks);
            Reservoir(sample, line, Lines, seed);
            batch.Add((line, Lines));
            rows += line.Tokens.Length;
            if (rows < RowsAtATime)
                continue;
            Flush();
            yield return this;
        }
        if (batch.Count == 0)
            yield break;
        Flush();
        yield return this;

        void Flush()
        {
            var turn = Math.DivRem(batches++, replicas.Count, out var rank);
            if (rank == replicas.Rank)
            {
                Read(pass, batch, ref coefficients);
                if (turn % FloorEvery == 1)
                {
                    var start = watch.Elapsed;
                    Forward(pass, batch, null);
                    (timedTokens, timed) = (timedTokens + rows, timed + watch.Elapsed - start);
                }
            }
            Tokens += rows;
            TokensPerSecond = Tokens / (watch.Elapsed - timed).TotalSeconds;
            ForwardTokensPerSecond = replicas.Count * timedTokens / timed.TotalSeconds;
            batch.Clear();
            rows = 0;
        }
    }

    private void Count(CorpusLine line, long[] marks)
    {
        Lines++;
        foreach (var token in line.Tokens)
            if (marks[token] != Lines)
            {
                marks[token] = Lines;
                ((int[])Frequencies)[token]++;
            }
    }

    // Algorithm R (Vitter 1985), with the random numbers of the line's own place.
    private static void Reservoir(List<CorpusLine> sample, CorpusLine line, long count, ulong seed)
    {
        if (line.Tokens.Length < 2)
            return;
        if (sample.Count < Sampled)
            sample.Add(line);
        else if (CounterRandom.LongBits(CounterRandom.Key(seed, SamplePurpose, 0), (ulong)count) % (ulong)count is < Sampled and var place)
            sample[(int)place] = line;
    }

    private void Read(ForwardPass pass, List<(CorpusLine Line, long Number)> batch, ref float[] coefficients)
    {
        var taps = new Taps();
        for (var layer = 0; layer < _layers.Length; layer++)
            taps.Read(Activation.MlpPost, layer);
        Forward(pass, batch, taps);
        for (var layer = 0; layer < _layers.Length; layer++)
        {
            var tensor = taps[Activation.MlpPost, layer].Tensor;
            if (coefficients.Length < tensor.Count)
                coefficients = new float[tensor.Count];
            Gpt.Backend.Read(tensor, coefficients.AsSpan(0, (int)tensor.Count));
            var row = 0;
            foreach (var (line, number) in batch)
            {
                _layers[layer].Take(line, number, coefficients.AsSpan(row * tensor.Columns, line.Tokens.Length * tensor.Columns));
                row += line.Tokens.Length;
            }
        }
    }

    private void Forward(ForwardPass pass, List<(CorpusLine Line, long Number)> batch, Taps? taps)
    {
        var run = pass.NewRun(taps);
        run.LastLayer = Gpt.Config.Layers;
        pass.Rows.Clear();
        foreach (var (line, _) in batch)
            pass.Rows.Add(line.Tokens);
        Gpt.Forward(pass.Rows, run);
    }
}
