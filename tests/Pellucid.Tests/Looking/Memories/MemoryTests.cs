using Pellucid.Distributed;
using Pellucid.Looking.Memories;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;
using Pellucid.Worlds;

namespace Pellucid.Tests.Looking.Memories;

public sealed class MemoryTests
{
    private const int Words = 8, Context = 8, A = 1, B = 2, Next = 3;

    private readonly Backend _backend = TestBackends.CreateCpu(TestBackends.WidestCpu, threads: 1);

    // Neuron 0 of layer 0 is excited by "A B", which a head that looks one position back lets it see, and writes what follows: Next.
    private ModelByHand Planted()
    {
        const int Positions = Words, Before = Positions + Context;
        var model = new ModelByHand(_backend,
            new GptConfig { VocabularySize = Words, Context = Context, Layers = 1, Heads = 1, Width = 24 }, neurons: 2);
        for (var word = 0; word < Words; word++)
            model.Token(word, word).Reads(0, 0, 2, word, 16 + word, 1).Writes(0, 0, 16 + word, Before + word, 1);
        for (var position = 0; position < Context; position++)
            model.Position(position, Positions + position).Reads(0, 0, 0, Positions + position, position, 60).Reads(
                0, 0, 1, Positions + position, position + 1, 10);
        return model.Neuron(0, 0, B, 10, Next, 1).Neuron(0, 0, Before + A, 10, Next, 0).Biased(0, 0, -15);
    }

    private static List<CorpusLine> Lines(int count, bool plants) => [.. Enumerable.Range(0, count).Select(i =>
    {
        int Random(int place) => (int)(CounterRandom.Bits(9, 0, (ulong)i, (ulong)place) % Words);
        int[] tokens = [Random(0), Random(1), Random(2),
            .. plants && i % 2 == 0 ? (int[])[A, B, Next] : [Random(3), Random(4), Random(5)], Random(6)];
        return new CorpusLine(tokens, i % 2 == 0 ? "planted" : "other");
    })];

    [Fact]
    public void A_planted_neuron_is_found_with_its_pattern_its_value_and_what_it_hangs_on()
    {
        using var model = Planted();
        var gpt = model.Finish();
        var memories = NeuronMemories.Collect(gpt, Lines(400, plants: true), top: 25);
        Assert.Equal(25, memories.Triggers(0, 0).Count);
        Assert.All(memories.Triggers(0, 0), trigger => Assert.Equal((A, B), (trigger.Prefix[^2], trigger.Prefix[^1])));
        Assert.Equal(25, memories.Triggers(0, 0).Select(trigger => string.Join(' ', trigger.Prefix.ToArray())).Distinct().Count());
        var report = new MemoryReport(memories);
        Assert.Equal([A, B], report[0, 0].Pattern!.Suffix);
        Assert.Equal(1, report[0, 0].Pattern!.SuffixShare);
        Assert.Equal((Next, true), (report[0, 0].Value.Top[0], report[0, 0].Value.Agrees));
        Assert.Equal((1, 1.0), (report.Layers[0].Alive, report.Layers[0].Agreement.Mean)); // the other neuron does nothing
        var change = report.Layers[0].Perturbation;
        Assert.Equal(-1, change.Last.Mean, 1e-4);
        Assert.InRange(change.First.Mean, -0.2, 0); // only where the prefix is "x A B" itself does A move: never to the front
        Assert.Contains(report.Search(B), found => found is { IsKey: true, Memory.Neuron: 0 });
        Assert.Contains(report.Search(Next), found => found is { IsValue: true, Memory.Neuron: 0 });
    }

    [Fact]
    public void A_corpus_in_which_no_token_follows_another_predicts_nothing_and_is_refused()
    {
        using var model = Planted();
        var memories = NeuronMemories.Collect(model.Finish(), [new CorpusLine([A], null), new CorpusLine([B], null)]);
        Assert.Equal("no line of the corpus has two tokens: nothing is predicted in it",
            Assert.Throws<InvalidDataException>(() => new MemoryReport(memories)).Message);
        // Of two tokens everything can be measured that there is.
        var small = new MemoryReport(NeuronMemories.Collect(model.Gpt, [new CorpusLine([A, B], null)]));
        Assert.Equal((2, 0), (small.Layers[0].Composition.Positions, small.Layers[0].Perturbation.First.Count));
    }

    [Fact]
    public void Texts_are_read_by_lines_and_lines_without_end_in_parts()
    {
        string[] Read(string text, int longest) => [.. CorpusLine.Read(new StringReader(text), longest)];
        Assert.Equal(["one two\n", "three\n", "four"], Read("one two\n\nthree\nfour", 9));
        Assert.Equal(["one two\n", "three\n", "four"], Read("one two\n\nthree\nfour", 100));
        Assert.Equal(["one ", "two ", "three", "fou"], Read("one two threefou", 5));
        Assert.Equal(["abc", "😀d\n"], Read("abc😀d\n", 4));
        Assert.Empty(Read("", 4));
        Assert.Empty(Read("\n\n\n\n\n\n", 4));
    }

    [Fact]
    public void Streaming_keeps_exactly_what_sorting_everything_would()
    {
        using var gpt = new Gpt(new GptConfig { VocabularySize = Words, Context = Context, Layers = 2, Heads = 2, Width = 16 }, _backend);
        gpt.Initialize(3);
        var lines = Lines(300, plants: false);
        var memories = NeuronMemories.Collect(gpt, lines, top: 7);
        using var cache = Pellucid.Looking.ActivationCache.Record(gpt, new Pellucid.Looking.Prompts(lines.Select(line => line.Tokens)),
            (activation, _) => activation == Activation.MlpPost);
        for (var layer = 0; layer < 2; layer++)
        {
            var rows = lines.Select((line, i) => Enumerable.Range(0, line.Tokens.Length - 1)
                .Select(position => cache.Row(Activation.MlpPost, layer, i, position)).ToArray()).ToArray();
            for (var neuron = 0; neuron < gpt.Config.FeedForwardWidth; neuron++)
            {
                var expected = lines.Select((line, i) => (line, Value: rows[i].Max(row => row[neuron]), i)).Where(one => one.Value > 0)
                    .Select(one => (one.line, one.Value, Position: Array.FindIndex(rows[one.i], row => row[neuron] == one.Value)))
                    .DistinctBy(one => string.Join(' ', one.line.Tokens[..(one.Position + 1)]))
                    .OrderByDescending(one => one.Value).Take(7)
                    .Select(one => (one.Value, one.Position)).ToArray();
                Assert.Equal(expected,
                    memories.Triggers(layer, neuron).Select(trigger => (trigger.Coefficient, trigger.Position)).ToArray());
            }
        }
        Assert.Equal((300, 2100), (memories.Lines, memories.Tokens));
        Assert.Equal(lines.Count(line => line.Tokens.Contains(A)), memories.Frequencies[A]);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Replicas_find_what_one_finds(int count)
    {
        var config = new GptConfig { VocabularySize = Words, Context = Context, Layers = 2, Heads = 2, Width = 16 };
        List<CorpusLine> lines = [.. Lines(400, plants: true), .. Lines(300, plants: true), .. Lines(400, plants: true)]; // some come again
        using var gpt = new Gpt(config, _backend);
        gpt.Initialize(3);
        var alone = NeuronMemories.Collect(gpt, lines, top: 7);
        ThreadReplicas.Run(count, replicas =>
        {
            using var backend = CpuBackend.Create(threads: 1);
            using var own = new Gpt(config, backend);
            own.Initialize(3);
            var shared = NeuronMemories.Collect(own, lines, top: 7, replicas: replicas);
            for (var layer = 0; layer < 2; layer++)
                for (var neuron = 0; neuron < config.FeedForwardWidth; neuron++)
                    Assert.Equal(alone.Triggers(layer, neuron), shared.Triggers(layer, neuron));
            Assert.Equal((alone.Lines, alone.Tokens), (shared.Lines, shared.Tokens));
            Assert.Equal(alone.Sample, shared.Sample);
            Assert.Throws<InvalidDataException>(() => NeuronMemories.Collect(own, lines.Skip(replicas.Rank), replicas: replicas));
        });
    }

    [Fact]
    public void Cases_add_up_and_random_weights_agree_by_chance()
    {
        var config = new GptConfig { VocabularySize = 64, Context = Context, Layers = 2, Heads = 2, Width = 16, FeedForwardWidth = 512 };
        using var gpt = new Gpt(config, _backend);
        gpt.Initialize(4);
        var lines = Enumerable.Range(0, 500).Select(i => new CorpusLine(
            [.. Enumerable.Range(0, Context).Select(place => (int)(CounterRandom.Bits(5, 1, (ulong)i, (ulong)place) % 64))], null));
        var memories = NeuronMemories.Collect(gpt, lines, top: 5);
        var report = new MemoryReport(memories, perturbed: 2);
        foreach (var layer in report.Layers)
        {
            var cases = layer.Composition;
            Assert.Equal(1, cases.Residual.Mean + cases.FeedForward.Mean + cases.Agreement.Mean + cases.Composition.Mean, 1e-12);
            Assert.InRange(layer.Agreement.Mean, 0, 1 / 64.0 + 4 * Math.Sqrt(1 / 64.0 / 512)); // the expected 1 in V, and four deviations
            Assert.Equal(double.NaN, layer.Topic.Mean);
        }
        Assert.Equal(128, memories.Sample.Count);
        Assert.Equal(128 * Context, report.Layers[0].Composition.Positions);
    }

    [Fact]
    public void Memory_does_not_grow_with_the_corpus()
    {
        using var gpt = new Gpt(new GptConfig { VocabularySize = Words, Context = Context, Layers = 1, Heads = 1, Width = 8 }, _backend);
        gpt.Initialize(1);
        var given = new List<WeakReference>();
        IEnumerable<CorpusLine> Stream()
        {
            foreach (var line in Lines(4000, plants: false))
            {
                given.Add(new WeakReference(line));
                yield return line;
            }
        }
        var memories = NeuronMemories.Collect(gpt, Stream(), top: 2);
        GC.Collect();
        Assert.InRange(given.Count(line => line.IsAlive), 1, 32 * 2 + 128 + 1); // triggers, the sample, and no more
        Assert.Equal(4000, memories.Lines);
    }

    [Fact]
    public void Lines_of_the_micro_world_have_topics_and_long_ones_are_cut()
    {
        var tokenizer = Pellucid.Tokens.CharacterTokenizer.FromText(System.Text.Encoding.UTF8.GetBytes(new MicroWorld(1).Text(200_000)));
        var lines = CorpusLine.Cut(CorpusLine.MicroWorld(1, 5000), tokenizer, 40).ToList();
        Assert.All(lines, line => Assert.InRange(line.Tokens.Length, 1, 40));
        Assert.Contains(lines, line => line.Topic == "gifts");
        Assert.StartsWith(string.Concat(lines.Select(line => tokenizer.Decode(line.Tokens)))[..4000],
            new MicroWorld(1).Text(6000), StringComparison.Ordinal);
    }
}
