using Pellucid.Generation;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Generation;

public sealed class SchedulerTests : IAsyncDisposable
{
    private readonly Pellucid.Tensors.Backend _backend = TestBackends.Create(TestBackends.WidestCpu);
    private readonly SmallGpt _model;
    private readonly Scheduler _scheduler;

    public SchedulerTests()
    {
        _model = new SmallGpt(_backend);
        _scheduler = new Scheduler(_model.Gpt, new SchedulerOptions { MostRunning = 3, MostWaiting = 40, PromptTokensAStep = 16 });
    }

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_text_is_what_a_generator_writes_alone_and_in_company()
    {
        // Prompts that fit and do not, texts that outgrow the context, penalties and nuclei; more than run at once.
        var requests = Enumerable.Range(0, 20).Select(i => new GenerationRequest(SmallGpt.Tokens(1 + i * 23 % 170, i))
        {
            MaxTokens = 1 + i * 37 % 90,
            Sampling = new SamplingOptions
            {
                Seed = (ulong)i, Temperature = i % 4 * 0.5f, TopP = i % 3 == 0 ? 0.9f : 1, RepetitionPenalty = i % 5 == 0 ? 1.3f : 1
            },
            Ends = i % 2 == 0 ? [5, 7] : null,
            Alternatives = 0,
        }).ToArray();
        var alone = requests.Select(Generate).ToArray();
        Assert.Equal(alone[7], await Collect(_scheduler.GenerateAsync(requests[7], Ended)));
        var together = await Task.WhenAll(requests.Select(request => Collect(_scheduler.GenerateAsync(request, Ended))));
        Assert.Equal(alone, together);
        Assert.InRange(together.Sum(text => text.Length), 300, 2000);
    }

    [Fact]
    public async Task A_prompt_that_several_texts_begin_with_is_read_once_and_changes_none_of_them()
    {
        await using var scheduler = new Scheduler(_model.Gpt,
            new SchedulerOptions { MostRunning = 6, MostWaiting = 40, PromptTokensAStep = 16 });
        var prompt = SmallGpt.Tokens(96);
        // outgrows the context
        GenerationRequest Request(int seed, int[] tokens) =>
            new(tokens) { MaxTokens = 60, Sampling = new SamplingOptions { Seed = (ulong)seed }, Alternatives = 0 };
        GenerationRequest[] requests = [.. Enumerable.Range(0, 5).Select(seed => Request(seed, prompt)),
            Request(5, [.. prompt[..70], 3, 1]), Request(6, prompt), Request(7, prompt[..30])];
        var together = await Task.WhenAll(requests.Select(request => Collect(scheduler.GenerateAsync(request, Ended))));
        Assert.Equal(requests.Select(Generate), together);

        var (before, fresh) = (scheduler.Steps, SmallGpt.Tokens(96, 9));
        await Task.WhenAll(Enumerable.Range(0, 6)
            .Select(seed => Collect(scheduler.GenerateAsync(Request(seed, fresh) with { MaxTokens = 1 }, Ended))));
        Assert.InRange(scheduler.Steps - before, 6, 10); // 96 tokens, 16 a step; each for itself would take 36
        using var patience = new CancellationTokenSource();
        var first = scheduler.GenerateAsync(Request(1, prompt), patience.Token);
        var second = Collect(scheduler.GenerateAsync(Request(2, prompt), Ended));
        await patience.CancelAsync(); // who waits for one that leaves reads for itself
        Assert.Equal(Generate(Request(2, prompt)), await second);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Collect(first));
    }

    [Fact]
    public async Task A_prompt_is_told_with_the_likelihood_of_every_token()
    {
        var prompt = SmallGpt.Tokens(50);
        var told = await ListAsync(
            _scheduler.GenerateAsync(new GenerationRequest(prompt) { MaxTokens = 0, Echo = true, Alternatives = 3 }, Ended));
        var logits = _model.Logits(rows => rows.Add(prompt));
        Assert.Equal(prompt, told.Select(token => token.Token));
        Assert.Null(told[0].LogProbability);
        for (var i = 1; i < prompt.Length; i++)
        {
            Assert.Equal(LogProbabilities.Of(logits[i - 1], prompt[i]), told[i].LogProbability);
            Assert.Equal(logits[i - 1].Order().TakeLast(3).Reverse(), told[i].Alternatives.Select(other => logits[i - 1][other.Token]));
        }
    }

    [Fact]
    public async Task A_long_prompt_does_not_hold_up_a_short_one()
    {
        var @long = Collect(_scheduler.GenerateAsync(new GenerationRequest(SmallGpt.Tokens(149)) { MaxTokens = 1 }, Ended));
        var @short = Collect(_scheduler.GenerateAsync(new GenerationRequest([1]) { MaxTokens = 3 }, Ended));
        await @short;
        Assert.False(@long.IsCompleted && _scheduler.Steps < 6, "the long prompt was read at one go");
        await @long;
        Assert.InRange(_scheduler.Steps, 10, 20); // 149 tokens, 16 a step
    }

    [Fact]
    public async Task Who_stops_listening_ends_the_text_and_frees_its_place()
    {
        using var patience = new CancellationTokenSource();
        var endless = new GenerationRequest([1, 2]) { MaxTokens = int.MaxValue };
        for (var i = 0; i < 20; i++)
            await foreach (var _ in _scheduler.GenerateAsync(endless, Ended))
                break;
        for (var i = 0; i < 20; i++)
            _ = _scheduler.GenerateAsync(endless, patience.Token).GetAsyncEnumerator(patience.Token).MoveNextAsync();
        await patience.CancelAsync();
        Assert.Equal(4, (await Collect(_scheduler.GenerateAsync(new GenerationRequest([1]) { MaxTokens = 4 }, Ended))).Length);
    }

    [Fact]
    public async Task As_many_wait_as_may_wait()
    {
        await using var scheduler = new Scheduler(_model.Gpt, new SchedulerOptions { MostRunning = 1, MostWaiting = 2 });
        using var patience = new CancellationTokenSource();
        var endless = new GenerationRequest([1]) { MaxTokens = int.MaxValue };
        for (var i = 0; i < 3; i++)
            _ = scheduler.GenerateAsync(endless, patience.Token);
        Assert.Throws<QueueFullException>(() => scheduler.GenerateAsync(endless, patience.Token));
        await patience.CancelAsync();
        Assert.Single(await Collect(scheduler.GenerateAsync(new GenerationRequest([1]) { MaxTokens = 1 }, Ended)));
    }

    [Fact]
    public async Task Other_work_runs_between_steps_and_its_errors_are_its_own()
    {
        using var patience = new CancellationTokenSource();
        var endless = _scheduler.GenerateAsync(new GenerationRequest([1]) { MaxTokens = int.MaxValue }, patience.Token);
        Assert.Equal(3, await _scheduler.RunAsync(() => 3, Ended));
        await Assert.ThrowsAsync<InvalidDataException>(() => _scheduler.RunAsync<int>(() => throw new InvalidDataException(), Ended));
        await Assert.ThrowsAsync<TaskCanceledException>(() => _scheduler.RunAsync(() => 1, new CancellationToken(canceled: true)));
        Assert.NotEqual(default, await First(endless));
        await patience.CancelAsync();
    }

    [Fact]
    public async Task A_bias_forbids_a_token_or_leaves_no_other()
    {
        var plain = await Collect(_scheduler.GenerateAsync(
            new GenerationRequest([1]) { Sampling = new SamplingOptions { Temperature = 0 }, MaxTokens = 5 }, Ended));
        int[][] texts = [.. await Task.WhenAll(
            ((float[])[-100, 100]).Select(bias => Tokens(_scheduler.GenerateAsync(new GenerationRequest([1])
            {
                Sampling = new SamplingOptions { LogitBias = new Dictionary<int, float> { [plain[0].Token] = bias } },
                MaxTokens = 5,
            }, Ended))))];
        Assert.DoesNotContain(plain[0].Token, texts[0]);
        Assert.All(texts[1], token => Assert.Equal(plain[0].Token, token));
    }

    [Fact]
    public void What_makes_no_sense_is_refused_at_once()
    {
        Assert.Throws<ArgumentException>(() => _scheduler.GenerateAsync(new GenerationRequest([]), Ended));
        Assert.Throws<ArgumentException>(() => _scheduler.GenerateAsync(new GenerationRequest([37]), Ended));
        Assert.Throws<ArgumentException>(() => _scheduler.GenerateAsync(new GenerationRequest([-1]), Ended));
        Assert.Throws<ArgumentException>(() =>
            _scheduler.GenerateAsync(new GenerationRequest(SmallGpt.Tokens(151)) { Echo = true }, Ended));
        Assert.Throws<ArgumentException>(() =>
            _scheduler.GenerateAsync(new GenerationRequest([1]) { Sampling = new SamplingOptions { Temperature = -1 } }, Ended));
    }

    private (int Token, double? LogProbability)[] Generate(GenerationRequest request)
    {
        using var generator = new Generator(_model.Gpt);
        var text = new List<(int, double?)>();
        foreach (var token in generator.Generate(request.Prompt, new Sampler(request.Sampling!), request.MaxTokens, request.Ends))
            text.Add((token, generator.LogProbability(token)));
        return [.. text];
    }

    private static async Task<(int Token, double? LogProbability)[]> Collect(IAsyncEnumerable<GeneratedToken> tokens) =>
        [.. (await ListAsync(tokens)).Select(token => (token.Token, token.LogProbability))];

    private static async Task<int[]> Tokens(IAsyncEnumerable<GeneratedToken> tokens) =>
        [.. (await ListAsync(tokens)).Select(token => token.Token)];

    private static async Task<List<GeneratedToken>> ListAsync(IAsyncEnumerable<GeneratedToken> tokens)
    {
        var list = new List<GeneratedToken>();
        await foreach (var token in tokens)
            list.Add(token);
        return list;
    }

    private static async Task<GeneratedToken> First(IAsyncEnumerable<GeneratedToken> tokens)
    {
        await foreach (var token in tokens)
            return token;
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await _scheduler.DisposeAsync();
        _model.Dispose();
        _backend.Dispose();
    }
}
