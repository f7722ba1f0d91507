using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Pellucid.Conversations;
using Pellucid.Generation;
using Pellucid.Tokens;

namespace Pellucid.Web.Api;

/// <summary>The texts of one request, written side by side until all have ended, the client has left, or time is up.</summary>
internal sealed class Texts : IDisposable
{
    private readonly LanguageModel _model;
    private readonly CancellationTokenSource _ended;
    private readonly List<Text> _texts = [];
    private readonly Dictionary<int[], int> _promptLengths = []; // by the array itself

    private readonly string _client;

    public Texts(LanguageModel model, RequestTime time, HttpContext context)
    {
        (_model, _client) = (model, ApiKeys.Client(context));
        _ended = time.Begin(context);
    }

    public CancellationToken Ended => _ended.Token;

    public Tokenizer Tokenizer => _model.Tokenizer;

    public int Count => _texts.Count;

    /// <summary>Tokens that each may have at most.</summary>
    public int? MaxTokens { get; private set; }

    public int PromptTokens { get; private set; }

    public int CompletionTokens { get; private set; }

    /// <summary>Tokens of prompts that did not have to be read for any of a prompt's texts.</summary>
    public int CachedTokens => _texts.GroupBy(text => text.Prompt).Sum(texts => texts.Min(text => text.CachedTokens));

    public Usage Usage => new(PromptTokens, CompletionTokens, new PromptTokensDetails(CachedTokens));

    /// <summary>A text so far.</summary>
    public string Written(int index) => _texts[index].Written.ToString();

    /// <summary>Characters of a text so far.</summary>
    public int Length(int index) => _texts[index].Written.Length;

    /// <summary>Why a text has ended, in OpenAI's words.</summary>
    public string? Finish(int index) => Word(_texts[index].Finish);

    /// <summary>What was thought before a text so far.</summary>
    public string Thought(int index) => _texts[index].Thought.ToString();

    /// <summary>Functions that a text has called so far.</summary>
    public IReadOnlyList<ToolCall> Calls(int index) => _texts[index].Calls;

    /// <summary>Why a text has ended; null while it has not.</summary>
    public FinishReason? Reason(int index) => _texts[index].Finish;

    /// <summary>A reason in OpenAI's words: a call that broke off is an answer that is not whole.</summary>
    public static string? Word(FinishReason? finish) => finish switch
    {
        null => null,
        FinishReason.Length or FinishReason.BrokenCall => "length",
        FinishReason.ToolCalls => "tool_calls",
        _ => "stop",
    };

    /// <summary>Lets a prompt be continued, once for each way to choose tokens.</summary>
    public void Add(GenerationRequest request, IReadOnlyList<SamplingOptions> samplings, IReadOnlyList<string> stops)
    {
        (PromptTokens, MaxTokens) = (PromptTokens + request.Prompt.Length, request.MaxTokens);
        foreach (var sampling in samplings)
            _texts.Add(new Text(_model.WriteAsync(request with { Sampling = sampling, Client = _client }, stops, Ended),
                request.Prompt, request.Echo ? request.Prompt.Length : 0));
    }

    /// <summary>Where, in its prompt and what follows, the next character of a text stands.</summary>
    public int Offset(int index) => (_texts[index].Echoed > 0 ? 0 : PromptLength(_texts[index].Prompt)) + Length(index);

    private int PromptLength(int[] prompt)
    {
        if (!_promptLengths.TryGetValue(prompt, out var length))
            _promptLengths[prompt] = length = Encoding.UTF8.GetCharCount(
                [.. prompt.SelectMany(token => _model.Tokenizer.BytesOrName(token).ToArray())]);
        return length;
    }

    /// <summary>Pieces of all texts as they come; the characters of each are counted in after it was seen.</summary>
    public async IAsyncEnumerable<(int Index, TextPiece Piece)> Pieces()
    {
        var pieces = Channel.CreateUnbounded<(int, TextPiece)>(new UnboundedChannelOptions { SingleReader = true });
        _ = Task.WhenAll(_texts.Select(async (text, index) =>
        {
            await foreach (var piece in text.Pieces.WithCancellation(Ended))
                pieces.Writer.TryWrite((index, piece));
        })).ContinueWith(
            all => pieces.Writer.TryComplete(all.IsCanceled ? new OperationCanceledException() : all.Exception?.InnerException),
            TaskScheduler.Default);
        await foreach (var (index, piece) in pieces.Reader.ReadAllAsync())
        {
            var text = _texts[index];
            CompletionTokens += piece.Token is not null && text.Told++ >= text.Echoed ? 1 : 0;
            yield return (index, piece);
            text.Written.Append(piece.Text);
            text.Thought.Append(piece.Thought);
            text.Calls.AddRange(piece.Calls);
            text.Finish ??= piece.Finish;
            text.CachedTokens += piece.CachedTokens;
        }
    }

    /// <summary>Refuses a prompt that is longer than what the model can look back on.</summary>
    public static void CheckLength(LanguageModel model, int[] prompt, string parameter = "prompt")
    {
        if (prompt.Length > model.Gpt.Context)
            throw ApiException.Invalid($"the prompt has {prompt.Length} tokens, but this model's context is {model.Gpt.Context}",
                parameter, Answers.TooLong);
    }

    /// <summary>Ends what still runs.</summary>
    public void Dispose()
    {
        _ended.Cancel();
        _ended.Dispose();
    }

    private sealed class Text(IAsyncEnumerable<TextPiece> pieces, int[] prompt, int echoed)
    {
        public IAsyncEnumerable<TextPiece> Pieces => pieces;

        /// <summary>What it continues: the same array for all texts of one prompt.</summary>
        public int[] Prompt => prompt;

        public int CachedTokens { get; set; }

        /// <summary>Tokens of the prompt among those that are told.</summary>
        public int Echoed => echoed;

        public int Told { get; set; }

        public StringBuilder Written { get; } = new();

        public StringBuilder Thought { get; } = new();

        public List<ToolCall> Calls { get; } = [];

        public FinishReason? Finish { get; set; }
    }
}
