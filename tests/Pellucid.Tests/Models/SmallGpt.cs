using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tests.Tensors;

namespace Pellucid.Tests.Models;

/// <summary>A small random GPT and what tests do with it.</summary>
internal sealed class SmallGpt : IDisposable
{
    public static readonly GptConfig Config = new() { VocabularySize = 37, Context = 150, Layers = 2, Heads = 3, Width = 24 };

    private readonly Arena _arena;
    private readonly Tape _tape;

    public SmallGpt(Backend backend, GptConfig? config = null, ElementType type = ElementType.Float32)
    {
        Backend = backend;
        Gpt = new Gpt(config ?? Config, backend, type);
        Gpt.Initialize(7);
        // Larger weights than those of a fresh model, so that attention and neurons do something.
        for (var index = 0; index < Gpt.Layout.Count; index++)
            if (Gpt.Layout[index].Deviation > 0)
                backend.AddScaled(Gpt.Parameters[index], 6, Gpt.Parameters[index]);
        _arena = new Arena(backend);
        _tape = new Tape(backend);
    }

    /// <summary>A model as it is.</summary>
    public SmallGpt(Gpt gpt) => (Gpt, Backend, _arena, _tape) = (gpt, gpt.Backend, new(gpt.Backend), new(gpt.Backend));

    public Backend Backend { get; }
    public Gpt Gpt { get; }
    public Tape Tape => _tape;

    public static int[] Tokens(int count, int salt = 0) =>
        [.. Enumerable.Range(0, count).Select(i => (int)(CounterRandom.Bits(3, (uint)salt, 0, (ulong)i) % (uint)Config.VocabularySize))];

    public GptRun NewRun(bool training = false)
    {
        _arena.Reset();
        _tape.Clear();
        return new GptRun(new Operations(Backend, _arena, training ? _tape : null) { Random = new RandomStream(1, 0, 1) });
    }

    /// <summary>Logits of all rows, row by row.</summary>
    public float[][] Logits(Action<TokenRows> fill, Action<GptRun>? prepare = null, bool training = false)
    {
        using var rows = new TokenRows(Backend);
        fill(rows);
        var run = NewRun(training);
        prepare?.Invoke(run);
        return [.. Gpt.Logits(Gpt.Forward(rows, run), run).ToFloats(Backend).Chunk(Gpt.Config.VocabularySize)];
    }

    /// <summary>Mean loss of sequences of equal length, with gradients added to those that are there.</summary>
    public float[] AddGradients(int[][] sequences, float weight, float dropout = 0, Taps? taps = null)
    {
        using var rows = new TokenRows(Backend);
        foreach (var sequence in sequences)
            rows.Add(sequence.AsSpan(0, sequence.Length - 1));
        var run = NewRun(training: true);
        (run.Dropout, run.Taps) = (dropout, taps);
        var targets = _arena.Allocate(new Shape(rows.Count), ElementType.Int32);
        Backend.Write(sequences.SelectMany(sequence => sequence[1..]).ToArray(), targets);
        var logProbabilities = Gpt.Loss(Gpt.Forward(rows, run), targets, weight, run);
        _tape.Backward();
        return logProbabilities.ToFloats(Backend);
    }

    public float[] AllGradients() => Gpt.Parameters.AllGradients.ToFloats(Backend);

    public void Dispose()
    {
        Gpt.Dispose();
        _tape.Dispose();
        _arena.Dispose();
    }
}
