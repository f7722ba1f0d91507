using System.CommandLine;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;

namespace Pellucid.Cli.Bench;

/// <summary>Times reading a prompt and writing single tokens, over a key-value store, of a model with random weights.</summary>
internal sealed class InferenceBench : IDisposable
{
    private const int TokensARound = 16;

    private readonly CpuBackend _backend;
    private readonly ProfiledBackend? _profiled;
    private readonly GptConfig _config;
    private readonly Gpt _gpt;
    private readonly KeyValueStore _store;
    private readonly Arena _arena;
    private readonly TokenRows _rows;
    private readonly GptRun _run;
    private readonly float[] _logits;
    private readonly int _batch;

    /// <summary>A model of that shape with random weights, and room for so many positions of so many sequences.</summary>
    public InferenceBench(ParseResult words, GptConfig config, int batch, int positions, ElementType weights, bool profile)
    {
        if (positions > config.Context)
            throw new ArgumentException($"{positions} positions do not fit the model's {config.Context}; ask for less --context");
        MemoryLimit.CheckRunning(words, config, weights, batch, positions);
        (_config, _batch) = (config, batch);
        _backend = (CpuBackend)CommonOptions.CreateBackend(words);
        _profiled = profile ? new ProfiledBackend(_backend) : null;
        Backend backend = _profiled is null ? _backend : _profiled;
        _gpt = new Gpt(config, backend, weights: weights);
        CommonOptions.SetActivations(words, _gpt);
        _gpt.Initialize(1);
        _store = _gpt.CreateStore(batch);
        _arena = new Arena(backend);
        _rows = new TokenRows(backend);
        _run = new GptRun(new Operations(backend, _arena)) { Store = _store };
        _logits = new float[batch * config.VocabularySize];
    }

    /// <summary>The model.</summary>
    public Gpt Gpt => _gpt;

    /// <summary>Logits (sequences, V) of the last step.</summary>
    public ReadOnlySpan<float> Logits => _logits;

    /// <summary>Tokens a second written by all sequences together.</summary>
    public static int Decode(ParseResult words, GptConfig config, int batch, int context, ElementType weights, int rounds, bool profile)
    {
        using var bench = new InferenceBench(words, config, batch, context + TokensARound, weights, profile);
        bench.Step([.. Enumerable.Range(0, context)], 0);
        var seconds = bench.Measure(words, rounds, () =>
        {
            for (var i = 0; i < TokensARound; i++)
                bench.Step([i], context + i);
        });
        double positions = context + TokensARound / 2,
            matrices = config.NonEmbeddingParameters + (double)config.VocabularySize * config.Width;
        var keysAndValues = 8.0 * batch * config.Layers * config.Width * positions;
        var flops = 2 * batch * (matrices + 2 * config.Layers * config.Width * positions);
        var floor = TokensARound * Math.Max((bench.WeightBytes + keysAndValues) / MachineFloor.BytesPerSecond(bench._backend.Threads),
            flops / MachineFloor.FlopsPerSecond(bench._backend));
        return BenchCommand.Report(words, bench.Job($"decoding, batch {batch}, after {context} tokens", weights),
            seconds.To(value => batch * TokensARound / value), "tokens/s", [], floor / seconds.Median);
    }

    /// <summary>Tokens a second of a prompt, up to the logits of its last token.</summary>
    public static int Prefill(ParseResult words, GptConfig config, int context, ElementType weights, int rounds, bool profile)
    {
        using var bench = new InferenceBench(words, config, 1, context, weights, profile);
        int[] prompt = [.. Enumerable.Range(0, context).Select(i => i % config.VocabularySize)];
        var seconds = bench.Measure(words, rounds, () => bench.Step(prompt, 0));
        var floor = bench.PromptFloor(context);
        return BenchCommand.Report(words, bench.Job($"reading a prompt of {context} tokens", weights), seconds.To(value => context / value),
            "tokens/s", [], floor / seconds.Median, ("milliseconds", 1000 * seconds.Median));
    }

    /// <summary>Seconds that reading a prompt takes at least.</summary>
    public double PromptFloor(int context)
    {
        var flops = 2.0 * context * (_config.NonEmbeddingParameters + (double)_config.Layers * _config.Width * context)
            + 2.0 * _config.VocabularySize * _config.Width;
        return Math.Max(flops / MachineFloor.FlopsPerSecond(_backend), WeightBytes / MachineFloor.BytesPerSecond(_backend.Threads));
    }

    private Measurement Measure(ParseResult words, int rounds, Action job)
    {
        job(); // warms up
        _profiled?.Take();
        double[] seconds = [.. Enumerable.Range(0, rounds).Select(_ => BenchCommand.Seconds(job))];
        _profiled?.ShowShares(words, [.. seconds.Select(value => 1000 * value)]);
        return Measurement.Of(seconds);
    }

    // Of one pass: everything but the table of positions.
    private double WeightBytes =>
        _gpt.Parameters.WeightType.BitsPerWeight() / 8 * (_config.NonEmbeddingParameters + (double)_config.VocabularySize * _config.Width);

    private string Job(string what, ElementType weights) =>
        $"{what}, {_config.Parameters} parameters, weights {weights.Name()}, on {_backend.Name}";

    /// <summary>Reads tokens of every sequence, the first of them at that position; logits of the last ones are kept.</summary>
    public void Step(ReadOnlySpan<int> tokens, int position)
    {
        _run.Operations.Reset();
        _rows.Clear();
        for (var sequence = 0; sequence < _batch; sequence++)
            _rows.Add(tokens, position, sequence);
        var count = tokens.Length;
        _run.LogitRows = count == 1 ? null : [.. Enumerable.Range(1, _batch).Select(sequence => sequence * count - 1)];
        _gpt.Backend.Read(_gpt.Logits(_gpt.Forward(_rows, _run), _run), _logits);
    }

    public void Dispose()
    {
        _rows.Dispose();
        _arena.Dispose();
        _store.Dispose();
        _gpt.Dispose();
        _backend.Dispose();
    }
}
