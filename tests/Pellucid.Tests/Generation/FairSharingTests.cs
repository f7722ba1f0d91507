using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Generation;

public sealed class FairSharingTests : IDisposable
{
    private readonly Pellucid.Tensors.Backend _backend = TestBackends.Create(TestBackends.WidestCpu);
    private readonly SmallGpt _model;

    public FairSharingTests() => _model = new SmallGpt(_backend);

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_client_that_fills_all_places_delays_another_by_a_step()
    {
        await using var scheduler = new Scheduler(_model.Gpt, new SchedulerOptions { MostRunning = 4, MostWaiting = 40 });
        var many = Enumerable.Range(0, 12).Select(i => Request("greedy", i, 60)).ToArray();
        var greedy = many.Select(request => Collect(scheduler.GenerateAsync(request, Ended))).ToArray();
        await scheduler.RunAsync(() => 0, Ended);
        var (begun, tokens) = await scheduler.RunAsync(
            () => (scheduler.Steps, scheduler.GenerateAsync(Request("modest", 99, 2), Ended)), Ended);
        Assert.Equal(Alone(Request("modest", 99, 2)), await Collect(tokens));
        Assert.InRange(tokens.LastStep, begun + 2, begun + 3); // the step under way, the prompt, the second token
        // Who gave places back lost nothing.
        Assert.Equal(many.Select(Alone), await Task.WhenAll(greedy));
        Assert.True(scheduler.Steps > 12 * 60 / 4);
    }

    [Fact]
    public async Task Steps_stay_small_for_a_while_after_another_client_has_left()
    {
        await using var scheduler = new Scheduler(_model.Gpt, new SchedulerOptions { MostRunning = 24, MostWaiting = 40 });
        var many = Enumerable.Range(0, 16).Select(i => Request("greedy", i, 100)).ToArray();
        var (texts, other) = await scheduler.RunAsync(() => (many.Select(one => scheduler.GenerateAsync(one, Ended)).ToArray(),
            scheduler.GenerateAsync(Request("modest", 9, 2), Ended)), Ended);
        Assert.Equal(many.Append(Request("modest", 9, 2)).Select(Alone), await Task.WhenAll(texts.Append(other).Select(Collect)));
        var last = texts.Max(text => text.LastStep) - other.LastStep;
        Assert.InRange(last, 100 + 64 * 3 / 4 - 8, 100 + 64 * 3 / 4 + 8); // 64 steps of 4 of the 16, then of all of them
    }

    [Fact]
    public async Task A_step_has_few_texts_of_a_client_even_if_it_is_alone_and_all_of_the_programs_own()
    {
        await using var scheduler = new Scheduler(_model.Gpt, new SchedulerOptions { MostRunning = 32, MostWaiting = 40 });
        foreach (var (client, steps) in ((string?, int)[])[("greedy", 2 * 40), (null, 40)])
        {
            var all = Enumerable.Range(0, 32)
                .Select(i => Request("", i, 40) with { Client = client, Prompt = SmallGpt.Tokens(1, i) }).ToArray();
            var (begun, texts) = await scheduler.RunAsync(
                () => (scheduler.Steps, all.Select(one => scheduler.GenerateAsync(one, Ended)).ToArray()), Ended);
            Assert.Equal(all.Select(Alone), await Task.WhenAll(texts.Select(Collect)));
            Assert.InRange(texts.Max(text => text.LastStep) - begun, steps, steps + 8);
        }
    }

    [Fact]
    public async Task Texts_that_rest_while_others_are_there_are_what_they_are_alone()
    {
        await using var scheduler = new Scheduler(_model.Gpt,
            new SchedulerOptions { MostRunning = 24, MostWaiting = 40, PromptTokensAStep = 16 });
        GenerationRequest[] all = [.. Enumerable.Range(0, 18).Select(i => Request("greedy", i, 30)),
            .. Enumerable.Range(30, 3).Select(i => Request("modest", i, 50) with { Echo = i == 31, Alternatives = 0 })];
        Assert.Equal(all.Select(Alone), await Task.WhenAll(all.Select(request => Collect(scheduler.GenerateAsync(request, Ended)))));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Texts_of_a_client_take_memory_by_and_by(bool isOnePrompt)
    {
        using var model = new SmallGpt(_backend, SmallGpt.Config with { Layers = 4, Heads = 4, Width = 256 });
        await using var scheduler = new Scheduler(model.Gpt, new SchedulerOptions { MostRunning = 24, MostWaiting = 40 });
        GenerationRequest[] all = [.. Enumerable.Range(0, 24)
            .Select(i => Request("greedy", i, 40) with { Prompt = SmallGpt.Tokens(20, isOnePrompt ? 0 : i) })];
        var (texts, steps) = await scheduler.RunAsync(() => (all.Select(one => scheduler.GenerateAsync(one, Ended)).ToArray(),
            Enumerable.Range(0, 20).Select(_ => scheduler.RunAsync(() => (scheduler.Steps, scheduler.KeyValueBytes), Ended)).ToArray()),
            Ended);
        var seen = await Task.WhenAll(steps);
        foreach (var (before, after) in seen.Zip(seen.Skip(1)))
        {
            Assert.Equal(before.Steps + 1, after.Steps);
            Assert.InRange(after.KeyValueBytes - before.KeyValueBytes, 0, 4 << 20);
        }
        Assert.Equal(24 * 4 * scheduler.Store.Pool.PageBytes, seen[^1].KeyValueBytes); // three times as much
        Assert.Equal(all.Select(one => Alone(one, model.Gpt)), await Task.WhenAll(texts.Select(Collect)));
    }

    [Fact]
    public async Task Beside_another_client_a_text_that_takes_much_memory_begins_in_every_fourth_step()
    {
        using var model = new SmallGpt(_backend, SmallGpt.Config with { Layers = 12, Heads = 4, Width = 256 });
        await using var scheduler = new Scheduler(model.Gpt, new SchedulerOptions { MostRunning = 24, MostWaiting = 40 });
        GenerationRequest[] all = [Request("modest", 0, 40) with { Prompt = SmallGpt.Tokens(20, 9) },
            .. Enumerable.Range(0, 6).Select(i => Request("greedy", i, 40))];
        var (texts, steps) = await scheduler.RunAsync(() => (all.Select(one => scheduler.GenerateAsync(one, Ended)).ToArray(),
            Enumerable.Range(0, 28).Select(_ => scheduler.RunAsync(() => scheduler.KeyValueBytes, Ended)).ToArray()), Ended);
        var (seen, ofText) = (await Task.WhenAll(steps), 12 * scheduler.Store.Pool.PageBytes);
        Assert.Equal(2 * ofText, seen[1]); // the first of each client at once
        foreach (var (before, after) in seen.Skip(1).Zip(seen.Skip(5)))
            Assert.InRange(after - before, 0, ofText);
        Assert.Equal(7 * ofText, seen[^1]);
        Assert.Equal(all.Select(one => Alone(one, model.Gpt)), await Task.WhenAll(texts.Select(Collect)));
    }

    [Fact]
    public async Task Clients_take_turns_where_there_are_more_of_them_than_places()
    {
        await using var scheduler = new Scheduler(_model.Gpt, new SchedulerOptions { MostRunning = 2, MostWaiting = 40 });
        var all = Enumerable.Range(0, 5).Select(i => Request($"client {i}", i, 200)).ToArray();
        var texts = all.Select(request => Collect(scheduler.GenerateAsync(request, Ended))).ToArray();
        await scheduler.RunAsync(() => 0, Ended);
        var (begun, tokens) = await scheduler.RunAsync(
            () => (scheduler.Steps, scheduler.GenerateAsync(Request("late", 99, 2), Ended)), Ended);
        await Collect(tokens);
        Assert.InRange(tokens.LastStep - begun, 2, 2 * 64 + 4); // two turns, not two texts
        Assert.Equal(all.Select(Alone), await Task.WhenAll(texts));
    }

    [Fact]
    public async Task One_client_leaves_others_room_to_wait()
    {
        await using var scheduler = new Scheduler(_model.Gpt, new SchedulerOptions { MostRunning = 1, MostWaiting = 8 });
        using var patience = new CancellationTokenSource();
        for (var i = 0; i < 7; i++)
            _ = scheduler.GenerateAsync(Request("greedy", i, int.MaxValue), patience.Token);
        await scheduler.RunAsync(() => 0, Ended); // one of them is running
        Assert.Throws<QueueFullException>(() => scheduler.GenerateAsync(Request("greedy", 8, 1), patience.Token));
        Assert.Equal(2, (await Collect(scheduler.GenerateAsync(Request("modest", 9, 2), Ended))).Length);
        await patience.CancelAsync();
    }

    private static GenerationRequest Request(string client, int seed, int count) => new(SmallGpt.Tokens(20 + seed, seed))
    {
        Client = client,
        MaxTokens = count,
        Sampling = new SamplingOptions { Seed = (ulong)seed, PresencePenalty = seed % 2, FrequencyPenalty = seed % 3 * 0.5f },
    };

    private int[] Alone(GenerationRequest request) => Alone(request, _model.Gpt);

    private static int[] Alone(GenerationRequest request, Gpt gpt)
    {
        using var generator = new Generator(gpt);
        var written = generator.Generate(request.Prompt, new Sampler(request.Sampling!), request.MaxTokens);
        return [.. request.Echo ? request.Prompt : [], .. written];
    }

    private static async Task<int[]> Collect(GeneratedTokens tokens)
    {
        var all = new List<int>();
        await foreach (var token in tokens)
            all.Add(token.Token);
        return [.. all];
    }

    public void Dispose()
    {
        _model.Gpt.Dispose();
        _backend.Dispose();
    }
}
