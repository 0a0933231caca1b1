"""Kits and who holds them."""

from __future__ import annotations

from cohesin.kernel.authz import SIGNED_IN
from cohesin.kernel.errors import ConflictError, Fault, InvalidInputError, NotFoundError
from cohesin.kernel.http.answers import Answer
from cohesin.kernel.http.call import Call
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.kits import service as kits
from cohesin.lab.kits.errors import BarcodeTakenError
from cohesin.lab.registrations import service as registrations
from cohesin.lab.registrations.errors import KitRegisteredError
from cohesin.partners.toolbox.answers import (
    CustomerKitRegistration,
    CustomerKitRegistrationPage,
    KitPage,
    ToolboxKit,
)
from cohesin.partners.toolbox.inputs import LARGEST, PagedQuery
from cohesin.partners.toolbox.lists import answer_list, is_storable, nothing
from cohesin.partners.toolbox.lookups import look_up_customer, partner_of
from cohesin.partners.toolbox.mapping import kit_answer, registration_answer
from cohesin.partners.toolbox.requests import (
    CustomerKitRegistrationCreate,
    CustomerKitRegistrationPatch,
    KitCreate,
    RegistrationQuery,
)
from cohesin.partners.toolbox.surface import toolbox

boxes = toolbox.tagged("Toolbox: kits")
holders = toolbox.tagged("Toolbox: kit registrations")
REGISTRATIONS = "/api/v1/customer-kit-registrations"


@boxes.get("/api/v1/kits/", permission=SIGNED_IN, answers=list[ToolboxKit] | KitPage)
async def list_kits(uow: UnitOfWork, call: Call, query: PagedQuery) -> Answer:
    """The account's kits."""
    partner_id = partner_of(uow)
    return await answer_list(call, query, lambda window: kits.list_kits(uow, partner_id, window), kit_answer)


@boxes.post("/api/v1/kits/", permission=SIGNED_IN)
async def create_kit(uow: UnitOfWork, body: KitCreate) -> ToolboxKit:
    """Enter a kit that the account hands out itself."""
    try:
        return kit_answer(await kits.create_kit(uow, body.barcode, partner_id=partner_of(uow)))
    except BarcodeTakenError as error:
        raise InvalidInputError([Fault("barcode", error.message)]) from None


@boxes.get("/api/v1/kits/{kit_id}/", permission=SIGNED_IN, bad_path=NotFoundError)
async def get_kit(uow: UnitOfWork, kit_id: int) -> ToolboxKit:
    """One kit."""
    return kit_answer(await kits.access_kit(uow, partner_of(uow), kit_id))


@holders.get(
    f"{REGISTRATIONS}/",
    permission=SIGNED_IN,
    answers=list[CustomerKitRegistration] | CustomerKitRegistrationPage,
)
async def list_customer_kit_registrations(uow: UnitOfWork, call: Call, query: RegistrationQuery) -> Answer:
    """Who holds which kit, of one customer or of all."""
    partner_id, number = partner_of(uow), query.customer
    if not is_storable(number):
        return await answer_list(call, query, nothing, registration_answer)
    return await answer_list(
        call,
        query,
        lambda window: registrations.list_registrations(uow, partner_id, number, window),
        registration_answer,
    )


@holders.post(f"{REGISTRATIONS}/", permission=SIGNED_IN)
async def create_customer_kit_registration(
    uow: UnitOfWork, body: CustomerKitRegistrationCreate
) -> CustomerKitRegistration:
    """Tie a kit to the customer who holds it."""
    faults: list[Fault] = []
    customer = await look_up_customer(uow, body, faults)
    kit = None
    if body.kit is not None:
        number = int(body.kit)
        kit = await kits.find_kit(uow, partner_of(uow), number) if 0 < number <= LARGEST else None
        if kit is None:
            faults.append(Fault("kit", "is no kit of this account"))
    body.refuse(faults)
    assert customer is not None
    assert kit is not None
    try:
        registration = await registrations.register_kit(
            uow,
            partner_of(uow),
            customer_id=customer.id,
            kit_id=kit.id,
            verification_date=body.verification_date,
        )
    except KitRegisteredError as error:
        raise InvalidInputError([Fault("kit", error.message)]) from None
    return registration_answer(registration)


@holders.get(f"{REGISTRATIONS}/{{registration_id}}/", permission=SIGNED_IN, bad_path=NotFoundError)
async def get_customer_kit_registration(uow: UnitOfWork, registration_id: int) -> CustomerKitRegistration:
    """One registration."""
    return registration_answer(await registrations.access_registration(uow, partner_of(uow), registration_id))


@holders.patch(
    f"{REGISTRATIONS}/{{registration_id}}/",
    permission=SIGNED_IN,
    bad_path=NotFoundError,
    errors=(ConflictError,),
)
async def update_customer_kit_registration(
    uow: UnitOfWork, registration_id: int, body: CustomerKitRegistrationPatch
) -> CustomerKitRegistration:
    """Say when the customer confirmed to hold the kit, or take that back."""
    partner_id = partner_of(uow)
    if "verification_date" not in body.model_fields_set:
        return registration_answer(await registrations.access_registration(uow, partner_id, registration_id))
    return registration_answer(
        await registrations.verify_registration(uow, partner_id, registration_id, body.verification_date)
    )
