// npm's bcbp reads boarding passes and writes them again.
//
// Reads a pass a line; answers each with a line of JSON: what it read, and the text that it makes of that.

import { text } from 'node:stream/consumers';
import bcbp from 'bcbp';

const dayOfYear = (date) => date && Math.round((date - Date.UTC(date.getUTCFullYear(), 0, 0)) / 86_400_000);

for (const line of (await text(process.stdin)).split('\n').filter(Boolean)) {
  const { data } = bcbp.decode(line, 2026);
  const legs = data.legs.map((leg) => ({
    reservation: leg.operatingCarrierPNR,
    from: leg.departureAirport,
    to: leg.arrivalAirport,
    carrier: leg.operatingCarrierDesignator,
    flight: leg.flightNumber,
    day: dayOfYear(leg.flightDate),
    seat: leg.seatNumber,
    sequence: leg.checkInSequenceNumber,
    document: leg.serialNumber,
    flyer: leg.frequentFlyerNumber,
    baggage: leg.freeBaggageAllowance,
    airline: leg.airlineInfo,
  }));
  const { passengerName: passenger, boardingPassIssuerDesignator: issuer, securityData: security } = data;
  console.log(JSON.stringify({ passenger, issuer, security, legs, again: bcbp.encode({ data }) }));
}
