using Microsoft.AspNetCore.Http;
using Pellucid.Generation;

namespace Pellucid.Web.Api;

/// <summary>What is to be told of texts, and to whom.</summary>
internal sealed record Telling(string Operation, string Model, SamplingFields Request, Texts Texts, HttpContext Context)
{
    /// <summary>Whether tokens are told that no characters come with.</summary>
    public bool EveryToken { get; init; }

    /// <summary>Whether a stream tells how many tokens there were.</summary>
    public bool TellsUsage { get; init; }
}

/// <summary>Answers with texts, whole or as a stream.</summary>
internal abstract class TextEndpoint(Telemetry telemetry, ErrorHandling errors)
{
    /// <summary>Sends pieces as they come, then, if wanted, how many tokens there were.</summary>
    protected async Task StreamAsync<TAnswer>(Telling told, IEnumerable<TAnswer> first,
        Func<int, TextPiece, TAnswer> answer, Func<Usage, TAnswer> last)
    {
        var (texts, ended, events) = (told.Texts, told.Texts.Ended, new ServerSentEvents(told.Context.Response));
        using var record = telemetry.Begin(told);
        try
        {
            await events.BeginAsync(ended);
            foreach (var opening in first)
                await events.SendAsync(opening, ended);
            await foreach (var (index, piece) in texts.Pieces())
            {
                record.Piece();
                if (piece.Text.Length + piece.Thought.Length + piece.Calls.Count > 0 || piece.Finish is not null || told.EveryToken)
                    await events.SendAsync(answer(index, piece), ended);
            }
            if (told.TellsUsage)
                await events.SendAsync(last(texts.Usage), ended);
            await events.EndAsync(ended);
            record.Done();
        }
        catch (Exception error) when (!told.Context.RequestAborted.IsCancellationRequested)
        {
            record.Failed(error);
            await events.SendAsync(new ApiErrorBody(errors.Refusal(error).Error), told.Context.RequestAborted);
        }
    }

    /// <summary>Waits for all texts, then answers once.</summary>
    protected async Task AnswerAsync<TAnswer>(Telling told, Action<int, GeneratedToken> token, Func<TAnswer> answer)
    {
        using var record = telemetry.Begin(told);
        try
        {
            await foreach (var (index, piece) in told.Texts.Pieces())
            {
                record.Piece();
                if (piece.Token is { } written)
                    token(index, written);
            }
            record.Done();
        }
        catch (Exception error)
        {
            record.Failed(error);
            throw;
        }
        await told.Context.Response.WriteAsJsonAsync(answer(), ApiJson.Of<TAnswer>(), contentType: null, told.Context.RequestAborted);
    }
}
