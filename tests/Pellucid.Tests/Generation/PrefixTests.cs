using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Generation;

/// <summary>What was read is not read again, changes no bit, and takes no more memory than it may.</summary>
public sealed class PrefixTests : IDisposable
{
    private static readonly GptConfig Windowed = SmallGpt.Config with { Windows = PerLayer<int>.Of(2, layer => layer == 0 ? 70 : 0) };

    private readonly Backend _backend = TestBackends.Create(TestBackends.WidestCpu);

    public static TheoryData<ElementType, bool> Kinds => new()
    {
        { ElementType.Float32, false }, { ElementType.Float32, true }, { ElementType.BFloat16, true }, { ElementType.Q8_0, false },
    };

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Kinds))]
    public async Task A_prompt_that_begins_as_a_finished_text_is_read_from_there_on(ElementType type, bool windowed)
    {
        using var model = new SmallGpt(_backend, windowed ? Windowed : null);
        await using var scheduler = new Scheduler(model.Gpt, new SchedulerOptions { KeyValueType = type, PromptTokensAStep = 16 });
        async Task<int[]> Write(int[] prompt, int count, int cached)
        {
            var (request, before) = (new GenerationRequest(prompt) { MaxTokens = count }, scheduler.Steps);
            var tokens = scheduler.GenerateAsync(request, Ended);
            var written = await ListAsync(tokens);
            Assert.Equal(Generate(model, request, type), written);
            Assert.Equal(cached, tokens.CachedTokens);
            Assert.Equal((prompt.Length - cached + 15) / 16 + count - 1, scheduler.Steps - before);
            return written;
        }
        var prompt = SmallGpt.Tokens(90);
        var answer = await Write(prompt, 20, cached: 0);
        await Write(prompt, 5, cached: 89); // all but the last token, whose logits are wanted
        // The next turn of a conversation: all that was read of the first, which is all but the last token of the answer.
        int[] next = [.. prompt, .. answer, .. SmallGpt.Tokens(10, 2)];
        await Write(next, 10, cached: 109);
        // Another question after the same instructions; of those that are shared some end a page, and some do not.
        await Write([.. prompt[..64], .. SmallGpt.Tokens(20, 3)], 5, cached: 64);
        await Write([.. prompt[..75], 36, 35, 34], 5, cached: 75 + (prompt[75] == 36 ? 1 : 0));
        await Write([.. next[..100], 1, 2, 3], 5, cached: 100 + next[100..103].AsSpan().CommonPrefixLength([1, 2, 3]));
        await Write(SmallGpt.Tokens(30, 4), 5, cached: 0);
    }

    [Fact]
    public async Task Without_memory_for_it_nothing_is_kept()
    {
        using var model = new SmallGpt(_backend);
        await using var scheduler = new Scheduler(model.Gpt, new SchedulerOptions { PrefixBytes = 0 });
        for (var i = 0; i < 2; i++)
        {
            var tokens = scheduler.GenerateAsync(new GenerationRequest(SmallGpt.Tokens(140)) { MaxTokens = 30 }, Ended);
            Assert.Equal(30, (await ListAsync(tokens)).Length);
            Assert.Equal(0, tokens.CachedTokens);
            Assert.Equal(0, await scheduler.RunAsync(() => scheduler.KeyValueBytes, Ended));
        }
    }

    // Texts that begin alike, come and leave at random, are cancelled, outgrow the context; with memory for few pages beside those in use.
    [Theory, MemberData(nameof(Kinds))]
    public async Task Whoever_else_comes_and_goes_a_text_is_what_it_is_alone_and_no_page_is_lost(ElementType type, bool windowed)
    {
        using var model = new SmallGpt(_backend, windowed ? Windowed : null);
        var page = new PageLayout(type, SmallGpt.Config.KeyValueHeads, SmallGpt.Config.HeadWidth).Bytes;
        foreach (var pages in (int[])[0, 3, 9, 1000])
            await Crowd(model, type, pages * page, seed: (ulong)pages);
    }

    private static async Task Crowd(SmallGpt model, ElementType type, long bytes, ulong seed)
    {
        await using var scheduler = new Scheduler(model.Gpt,
            new SchedulerOptions { MostRunning = 4, KeyValueType = type, PrefixBytes = bytes, PromptTokensAStep = 24 });
        int Random(int i, int purpose, int below) => (int)(CounterRandom.Bits(seed, (uint)purpose, 0, (ulong)i) % (uint)below);
        var requests = Enumerable.Range(0, 40).Select(i =>
        {
            var (trunk, count) = (SmallGpt.Tokens(140, Random(i, 0, 3)), Random(i, 1, 140));
            return new GenerationRequest([.. trunk[..count], .. SmallGpt.Tokens(1 + Random(i, 2, 30), i)])
            {
                MaxTokens = 1 + Random(i, 3, 40), Sampling = new SamplingOptions { Seed = (ulong)i }, Echo = Random(i, 4, 9) == 0
                    && count < 100,
            };
        }).ToArray();
        var clients = new ParallelOptions { MaxDegreeOfParallelism = 7 };
        await Parallel.ForEachAsync(Enumerable.Range(0, requests.Length), clients, async (i, _) =>
        {
            var (expected, read) = (Generate(model, scheduler, requests[i], type), new List<int>());
            var leavesAfter = Random(i, 5, 4) == 0 ? Random(i, 6, 20) : int.MaxValue;
            await foreach (var token in scheduler.GenerateAsync(requests[i], Ended))
                if (read.Count < leavesAfter)
                    read.Add(token.Token);
                else
                    break;
            int[] whole = requests[i].Echo ? [.. requests[i].Prompt, .. await expected] : await expected;
            Assert.Equal(whole[..Math.Min(leavesAfter, whole.Length)], read);
        });
        for (var patience = 0; scheduler.Running > 0 && patience < 1000; patience++)
            await Task.Delay(5, Ended);
        var pool = scheduler.Store.Pool;
        Assert.Equal(pool.Idle, pool.Taken); // nobody uses any
        Assert.InRange(pool.Idle * pool.PageBytes, 0, bytes);
        Assert.Equal(bytes > 0, pool.Taken > 0);
    }

    [Fact]
    public async Task An_error_gives_all_pages_back()
    {
        using var model = new SmallGpt(_backend);
        await using var scheduler = new Scheduler(model.Gpt, new SchedulerOptions());
        await ListAsync(scheduler.GenerateAsync(new GenerationRequest(SmallGpt.Tokens(100)) { MaxTokens = 2 }, Ended));
        var bytes = scheduler.KeyValueBytes;
        var gain = model.Gpt[ParameterRole.AttentionNormGain, 1];
        var values = new float[gain.Count];
        _backend.Read(gain, values);
        await scheduler.RunAsync(() => { _backend.Fill(gain, float.NaN); return 0; }, Ended);
        await Assert.ThrowsAsync<InvalidDataException>(() =>
            ListAsync(scheduler.GenerateAsync(new GenerationRequest(SmallGpt.Tokens(140)) { MaxTokens = 5 }, Ended)));
        Assert.Equal(bytes, await scheduler.RunAsync(() => scheduler.KeyValueBytes, Ended));
        await scheduler.RunAsync(() => { _backend.Write(values, gain); return 0; }, Ended);
        var request = new GenerationRequest(SmallGpt.Tokens(140)) { MaxTokens = 5 };
        Assert.Equal(Generate(model, request, ElementType.Float32), await ListAsync(scheduler.GenerateAsync(request, Ended)));
    }

    [Fact]
    public void The_least_recently_used_goes_first_and_what_is_used_stays()
    {
        using var store = new KeyValueStore(_backend, 2, 3, 640, 1, 8);
        var prefixes = new PrefixCache(store, 4 * store.Pool.PageBytes);
        var (shape, texts) = (new AttentionShape(1, 1, 8), Enumerable.Range(0, 4).Select(salt => SmallGpt.Tokens(128, salt)).ToArray());
        void Read(int sequence, int text)
        {
            for (var layer = 0; layer < 2; layer++)
                store.Reserve(layer, [new Segment(0, 128, 0, sequence)], shape);
            prefixes.Keep(sequence, texts[text]);
        }
        int[] Found() => [.. texts.Select(text => prefixes.Find(text))];
        for (var text = 0; text < 3; text++)
        {
            Read(text, text);
            prefixes.Trim();
        }
        Assert.Equal([128, 128, 128, 0], Found()); // in use, and beyond what is kept otherwise
        store.Release(0);
        store.Release(1);
        prefixes.Trim();
        Assert.Equal([0, 128, 128, 0], Found()); // four pages that nobody uses
        Assert.Equal(128, prefixes.Take(0, texts[1]));
        Read(1, 3);
        store.Release(1);
        store.Release(2);
        prefixes.Trim();
        Assert.Equal([0, 128, 0, 128], Found()); // one is used, and the other is the youngest
        Read(2, 0);
        store.Release(0);
        prefixes.Trim();
        Assert.Equal([128, 0, 0, 128], Found());
        store.Release(2);
        Assert.Equal(64, prefixes.Take(1, texts[3].AsSpan(0, 64)));
        prefixes.Trim();
        Assert.Equal([128, 0, 0, 64], Found()); // an end, while what it follows is used
        store.Release(1);
        prefixes.Trim();
        Assert.Equal([64, 0, 0, 64], Found());
        Assert.Equal(4, store.Pool.Idle);
        Assert.Equal(4, store.Pool.Taken);
    }

    [Fact]
    public async Task Pages_of_a_window_are_kept_for_others_only()
    {
        var config = SmallGpt.Config with { Context = 2000, Layers = 1, Windows = 70 };
        using var model = new SmallGpt(_backend, config);
        using var generator = new Generator(model.Gpt);
        await using var scheduler = new Scheduler(model.Gpt, new SchedulerOptions { PrefixBytes = 0 });
        var (prompt, most) = (SmallGpt.Tokens(1500), 0L);
        var written = new List<int>();
        await foreach (var token in scheduler.GenerateAsync(new GenerationRequest(prompt) { MaxTokens = 100 }, Ended))
        {
            written.Add(token.Token);
            most = Math.Max(most, scheduler.KeyValueBytes);
        }
        Assert.InRange(most / scheduler.Store.Pool.PageBytes, 2, 5);
        Assert.Equal(Generate(model, new GenerationRequest(prompt) { MaxTokens = 100 }, ElementType.Float32), written);
    }

    private static Task<int[]> Generate(SmallGpt model, Scheduler scheduler, GenerationRequest request, ElementType type) =>
        scheduler.RunAsync(() => Generate(model, request, type), Ended);

    private static int[] Generate(SmallGpt model, GenerationRequest request, ElementType type)
    {
        using var generator = new Generator(model.Gpt, type);
        return [.. generator.Generate(request.Prompt, new Sampler(request.Sampling ?? new SamplingOptions()), request.MaxTokens)];
    }

    private static async Task<int[]> ListAsync(IAsyncEnumerable<GeneratedToken> tokens)
    {
        var list = new List<int>();
        await foreach (var token in tokens)
            list.Add(token.Token);
        return [.. list];
    }

    public void Dispose() => _backend.Dispose();
}
