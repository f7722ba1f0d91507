using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Generation;

/// <summary>Texts that are written with drafts: what they become is what they would be without, to the bit.</summary>
public sealed class DraftTests
{
    public static TheoryData<string, float, ElementType> Cases { get; } = new(
        from backend in TestBackends.CpuNames.Select(row => row.Data)
        from temperature in (float[])[0, 0.8f]
        from keys in (ElementType[])[ElementType.Float32, ElementType.Q8_0]
        select (backend, temperature, keys));

    [Theory]
    [InlineData(new[] { 1, 2, 3, 9, 1, 2, 3 }, 4, new[] { 9, 1, 2, 3 })] // what followed, up to the end
    [InlineData(new[] { 1, 2, 3, 9, 8, 1, 2, 3, 7, 6, 1, 2, 3 }, 1, new[] { 7 })] // the last place counts
    [InlineData(new[] { 4, 2, 3, 9, 1, 2, 3 }, 2, new[] { 9, 1 })] // two tokens are enough
    [InlineData(new[] { 4, 5, 3, 9, 1, 2, 3 }, 2, new int[0])] // one is not
    [InlineData(new[] { 7, 7, 7, 7 }, 3, new[] { 7 })]
    [InlineData(new[] { 1, 2, 3, 9, 1, 2, 3 }, 0, new int[0])]
    [InlineData(new[] { 1, 2 }, 3, new int[0])]
    public void What_followed_before_is_drafted(int[] text, int most, int[] expected) =>
        Assert.Equal(expected, PromptLookup.Draft(text, most).ToArray());

    // Past the context, where the older half is forgotten, too.
    [Theory, MemberData(nameof(Cases))]
    public void A_text_has_the_tokens_and_logits_that_it_has_without(string name, float temperature, ElementType keys)
    {
        using var backend = TestBackends.Create(name);
        using var model = new SmallGpt(backend);
        var (drafted, accepted) = (0L, 0L);
        for (var seed = 0; seed < 4; seed++)
        {
            int[] piece = SmallGpt.Tokens(7, seed), prompt = [.. piece, .. piece, .. piece];
            var options = new SamplingOptions { Seed = (ulong)seed, Temperature = temperature, TopK = 3, RepetitionPenalty = 1.1f };
            var plain = Write(model.Gpt, prompt, options, keys, 0, out _);
            foreach (var draft in (int[])[1, 5])
            {
                Assert.Equal(plain, Write(model.Gpt, prompt, options, keys, draft, out var drafts));
                Assert.InRange(drafts.Accepted, 0, drafts.Drafted);
                (drafted, accepted) = (drafted + drafts.Drafted, accepted + drafts.Accepted);
            }
        }
        Assert.InRange(accepted, 20, drafted - 20); // both ways are walked
    }

    [Theory, InlineData(0), InlineData(0.8f)]
    public async Task Many_texts_at_once_have_the_tokens_that_each_has_alone(float temperature)
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend);
        await using var scheduler = new Scheduler(model.Gpt,
            new SchedulerOptions { MostRunning = 3, PromptTokensAStep = 16, DraftTokens = 4 });
        var requests = Enumerable.Range(0, 9).Select(i =>
        {
            int[] piece = SmallGpt.Tokens(9, i);
            return new GenerationRequest([.. piece, .. piece, .. piece[..(i % 5)]])
            {
                MaxTokens = 1 + 17 * i,
                Sampling = new SamplingOptions { Seed = (ulong)i, Temperature = temperature, TopK = 3 },
                Ends = i % 2 == 0 ? [5] : null,
                Alternatives = 0,
            };
        }).ToArray();
        var texts = await Task.WhenAll(requests.Select(async request => await scheduler.GenerateAsync(request,
            TestContext.Current.CancellationToken).Select(token => token.Token).ToListAsync(TestContext.Current.CancellationToken)));
        foreach (var (request, text) in requests.Zip(texts))
        {
            using var generator = new Generator(model.Gpt);
            Assert.Equal(generator.Generate(request.Prompt, new Sampler(request.Sampling!), request.MaxTokens, request.Ends), text);
        }
        Assert.InRange(scheduler.Drafts.Accepted, 10, scheduler.Drafts.Drafted - 1);
    }

    [Fact]
    public void Another_text_can_be_begun_while_a_draft_is_unused()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        using var model = new SmallGpt(backend);
        int[] piece = SmallGpt.Tokens(7), prompt = [.. piece, .. piece, .. piece];
        using var generator = new Generator(model.Gpt, draftTokens: 6);
        var options = new SamplingOptions { Temperature = 0 };
        _ = generator.Generate(prompt, new Sampler(options), 30).Take(2).ToArray();
        int[] other = [.. piece, .. piece, 4, 3, 2];
        var kept = generator.Begin(other);
        Assert.InRange(kept, 14, other.Length - 1);
        using var fresh = new Generator(model.Gpt);
        Assert.Equal(fresh.Generate(other, new Sampler(options), 20).ToArray(),
            generator.Generate(other[kept..], new Sampler(options), 20).ToArray());
    }

    private static (int, uint)[] Write(Gpt gpt, int[] prompt, SamplingOptions options, ElementType keys, int draft, out DraftCounts drafts)
    {
        using var generator = new Generator(gpt, keys, draft);
        var text = generator.Generate(prompt, new Sampler(options), 150)
            .Select(token => (token, BitConverter.SingleToUInt32Bits(generator.Logits[token]))).ToArray();
        drafts = generator.Drafts;
        return text;
    }
}
