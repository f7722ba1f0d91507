using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Tests.Models;

/// <summary>A row's result depends on its own text alone: not on threads, company, cache or an onlooker.
/// All comparisons are of bits.</summary>
public sealed class SameBitsTests
{
    public static TheoryData<string> FastBackends => TestBackends.CpuNames;

    public static TheoryData<string> Backends => TestBackends.Names;

    [Theory, MemberData(nameof(FastBackends))]
    public void One_two_and_three_threads_train_alike(string name)
    {
        var results = new List<float[]>();
        foreach (var threads in (ReadOnlySpan<int>)[1, 2, 3])
        {
            using var backend = TestBackends.CreateCpu(name, threads);
            using var model = new SmallGpt(backend, SmallGpt.Config with { Width = 96 });
            model.AddGradients([SmallGpt.Tokens(121), SmallGpt.Tokens(121, 1), SmallGpt.Tokens(121, 2)], 1f / 360, dropout: 0.1f);
            results.Add(model.AllGradients());
        }
        Assert.Equal(results[0], results[1]);
        Assert.Equal(results[0], results[2]);
    }

    [Theory, MemberData(nameof(FastBackends))]
    public void A_sequence_alone_equals_itself_in_a_ragged_batch(string name)
    {
        using var backend = TestBackends.Create(name);
        using var model = new SmallGpt(backend);
        var alone = model.Logits(rows => rows.Add(SmallGpt.Tokens(77)));
        var together = model.Logits(rows =>
        {
            rows.Add(SmallGpt.Tokens(5, 1));
            rows.Add(SmallGpt.Tokens(77));
            rows.Add(SmallGpt.Tokens(140, 2));
        });
        Assert.Equal(alone, together[5..82]);
    }

    [Theory, MemberData(nameof(FastBackends))]
    public void Scores_and_patterns_of_a_text_are_the_same_beside_longer_ones(string name)
    {
        using var backend = TestBackends.Create(name);
        using var model = new SmallGpt(backend);
        using var alone = ActivationCache.Record(model.Gpt, new Prompts([SmallGpt.Tokens(77)]));
        using var together = ActivationCache.Record(model.Gpt,
            new Prompts([SmallGpt.Tokens(5, 1), SmallGpt.Tokens(77), SmallGpt.Tokens(140, 2)]));
        foreach (var activation in (ReadOnlySpan<Activation>)[Activation.AttnScores, Activation.Pattern])
        for (var head = 0; head < SmallGpt.Config.Heads; head++)
            Assert.Equal(alone.Pattern(activation, 1, head, 0), together.Pattern(activation, 1, head, 1));
    }

    [Theory, MemberData(nameof(FastBackends))]
    public void Patterns_over_stored_keys_are_those_of_the_whole_text(string name)
    {
        using var backend = TestBackends.Create(name);
        using var model = new SmallGpt(backend);
        using var store = NewStore(backend, sequences: 2);
        float[] Patterns(int[] tokens, int position, KeyValueStore? kept)
        {
            var taps = new Taps();
            taps.Read(Activation.Pattern, 1);
            model.Logits(rows => rows.Add(tokens, position, sequence: 1), run => (run.Store, run.Taps) = (kept, taps));
            return taps[Activation.Pattern, 1].ToArray(backend);
        }
        var text = SmallGpt.Tokens(100);
        var whole = Patterns(text, 0, null);
        Patterns(text[..70], 0, store);
        var rest = Patterns(text[70..], 70, store);
        for (var head = 0; head < SmallGpt.Config.Heads; head++)
            Assert.Equal(whole[((head * 100 + 70) * 100)..((head + 1) * 100 * 100)], rest[(head * 30 * 100)..((head + 1) * 30 * 100)]);
    }

    [Theory, MemberData(nameof(Backends))]
    public void A_later_token_leaves_earlier_logits_alone(string name)
    {
        using var backend = TestBackends.Create(name);
        using var model = new SmallGpt(backend);
        var tokens = SmallGpt.Tokens(70);
        var before = model.Logits(rows => rows.Add(tokens));
        tokens[66] = (tokens[66] + 1) % SmallGpt.Config.VocabularySize;
        var after = model.Logits(rows => rows.Add(tokens));
        Assert.Equal(before[..66], after[..66]);
        Assert.NotEqual(before[66], after[66]);
    }

    [Theory, MemberData(nameof(FastBackends))]
    public void Cached_steps_of_any_size_equal_the_whole_sequence(string name)
    {
        using var backend = TestBackends.Create(name);
        using var model = new SmallGpt(backend);
        using var store = NewStore(backend, sequences: 2);
        var tokens = SmallGpt.Tokens(140);
        var whole = model.Logits(rows => rows.Add(tokens));
        var position = 0;
        foreach (var count in (ReadOnlySpan<int>)[1, 2, 60, 1, 1, 70, 1, 4])
        {
            var (start, part) = (position, tokens[position..(position + count)]);
            var logits = model.Logits(rows => rows.Add(part, start, sequence: 1), run => run.Store = store);
            Assert.Equal(whole[start..(start + count)], logits);
            position += count;
        }
    }

    [Theory, MemberData(nameof(FastBackends))]
    public void A_copied_prefix_equals_an_own_one(string name)
    {
        using var backend = TestBackends.Create(name);
        using var model = new SmallGpt(backend);
        using var store = NewStore(backend, sequences: 3);
        var (prefix, ends) = (SmallGpt.Tokens(64), new[] { SmallGpt.Tokens(9, 1), SmallGpt.Tokens(13, 2) });
        model.Logits(rows => rows.Add(prefix, 0, sequence: 0), run => run.Store = store);
        store.Share(0, 1, 64);
        store.Share(0, 2, 64);
        var copied = model.Logits(rows =>
        {
            rows.Add(ends[0], 64, sequence: 1);
            rows.Add(ends[1], 64, sequence: 2);
        }, run => run.Store = store);
        Assert.Equal(model.Logits(rows => rows.Add([.. prefix, .. ends[0]]))[64..], copied[..9]);
        Assert.Equal(model.Logits(rows => rows.Add([.. prefix, .. ends[1]]))[64..], copied[9..]);
    }

    [Theory, MemberData(nameof(Backends))]
    public void A_branch_equals_a_sequence_of_its_own(string name)
    {
        using var backend = TestBackends.Create(name);
        using var model = new SmallGpt(backend);
        var (trunk, ends) = (SmallGpt.Tokens(80), new[] { SmallGpt.Tokens(5, 1), SmallGpt.Tokens(40, 2), SmallGpt.Tokens(3, 3) });
        int[] places = [7, 70, 64];
        var together = model.Logits(rows =>
        {
            rows.Add(SmallGpt.Tokens(4, 4));
            rows.Add(trunk);
            for (var i = 0; i < ends.Length; i++)
                rows.Branch(1, places[i], ends[i]);
        });
        Assert.Equal(model.Logits(rows => rows.Add(trunk)), together[4..84]);
        var row = 84;
        for (var i = 0; i < ends.Length; row += ends[i++].Length)
            Assert.Equal(model.Logits(rows => rows.Add([.. trunk[..places[i]], .. ends[i]]))[places[i]..],
                together[row..(row + ends[i].Length)]);
    }

    [Theory, MemberData(nameof(FastBackends))]
    public void Logits_of_a_few_rows_or_tokens_are_those_of_all(string name)
    {
        using var backend = TestBackends.Create(name);
        using var model = new SmallGpt(backend);
        var whole = model.Logits(rows => rows.Add(SmallGpt.Tokens(20)));
        var few = model.Logits(rows => rows.Add(SmallGpt.Tokens(20)), run => run.LogitRows = [19, 3]);
        Assert.Equal([whole[19], whole[3]], few);
        using var rows = new TokenRows(backend);
        rows.Add(SmallGpt.Tokens(20));
        var run = model.NewRun();
        var some = Pellucid.Tests.Tensors.Tensors
            .ToFloats(model.Gpt.Logits(model.Gpt.Forward(rows, run), [30, 2, 30], run), backend).Chunk(3).ToArray();
        Assert.Equal(whole.Select(row => new[] { row[30], row[2], row[30] }), some);
    }

    [Theory, MemberData(nameof(FastBackends))]
    public void Watching_and_patching_with_nothing_change_no_bit(string name)
    {
        using var backend = TestBackends.Create(name);
        using var model = new SmallGpt(backend);
        var tokens = SmallGpt.Tokens(70);
        var unwatched = model.Logits(rows => rows.Add(tokens));
        var taps = new Taps();
        foreach (var activation in Enum.GetValues<Activation>())
            for (var layer = 0; layer <= 2; layer++)
                taps.Read(activation, layer);
        Assert.Equal(unwatched, model.Logits(rows => rows.Add(tokens), run => run.Taps = taps));

        using var kept = new Arena(backend);
        var nothing = new Taps();
        foreach (var activation in (ReadOnlySpan<Activation>)[Activation.Pattern, Activation.Z, Activation.ResidPre, Activation.MlpPost])
        {
            var reading = taps[activation, 1];
            var copy = kept.Allocate(reading.Tensor.Shape);
            backend.Copy(reading.Tensor, copy);
            nothing.Edit(new TapEdit(activation, 1, EditOperation.Replace, copy));
        }
        Assert.Equal(unwatched, model.Logits(rows => rows.Add(tokens), run => run.Taps = nothing));
    }

    [Theory, MemberData(nameof(FastBackends))]
    public void Stopping_and_starting_between_blocks_changes_no_bit(string name)
    {
        using var backend = TestBackends.Create(name);
        using var model = new SmallGpt(backend);
        using var rows = new TokenRows(backend);
        rows.Add(SmallGpt.Tokens(20));
        var whole = model.Logits(r => r.Add(SmallGpt.Tokens(20)));
        var run = model.NewRun();
        run.LastLayer = 1;
        var middle = model.Gpt.Forward(rows, run);
        var rest = new GptRun(run.Operations) { FirstLayer = 1, Residual = middle, LogitRows = [19, 3] };
        var logits = Pellucid.Tests.Tensors.Tensors
            .ToFloats(model.Gpt.Logits(model.Gpt.Forward(rows, rest), rest), backend)
            .Chunk(SmallGpt.Config.VocabularySize).ToArray();
        Assert.Equal(whole[19], logits[0]);
        Assert.Equal(whole[3], logits[1]);
    }

    private static KeyValueStore NewStore(Backend backend, int sequences) =>
        new(backend, SmallGpt.Config.Layers, sequences, SmallGpt.Config.Context, SmallGpt.Config.Heads, SmallGpt.Config.HeadWidth);
}
